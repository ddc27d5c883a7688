import { describe, expect, it } from 'vitest'
import { createMetrics } from '../../src/observability/metrics.js'

const vitals = { ready: true, modelVersion: '3', items: 42, degraded: [] as string[] }

describe('metrics', () => {
  it('count failures, and callers who went away, as they count successes', async () => {
    const metrics = createMetrics(() => vitals)
    for (const status of [200, 204, 404, 503, undefined]) {
      metrics.requestStarted()
      metrics.requestEnded({ route: '/v1/items/:id', method: 'GET', status, seconds: 0.02 })
    }
    const text = await metrics.text()
    const count = (status: string) =>
      `sona_http_request_duration_seconds_count{route="/v1/items/:id",method="GET",status="${status}"}`
    expect(text).toContain(`${count('2xx')} 2\n`)
    for (const status of ['4xx', '5xx', 'aborted']) expect(text).toContain(`${count(status)} 1\n`)
    expect(text).toContain('sona_http_requests_in_flight 0\n')
  })

  it('tell the state of the moment in which they are asked for', async () => {
    let now = vitals
    const metrics = createMetrics(() => now)
    expect(await metrics.text()).toContain('sona_model_info{version="3"} 1\n')
    now = { ready: false, modelVersion: '4', items: 0, degraded: ['models:none-published'] }
    const text = await metrics.text()
    for (const line of [
      'sona_ready 0',
      'sona_items 0',
      'sona_model_info{version="4"} 1',
      'sona_degraded{part="models:none-published"} 1',
    ]) {
      expect(text).toContain(`${line}\n`)
    }
    expect(text).not.toContain('version="3"')
  })

  it('are each server’s own', async () => {
    const one = createMetrics(() => vitals)
    const other = createMetrics(() => vitals)
    one.eventsJudged({ accepted: 2, duplicates: 1, rejected: 3 })
    expect(await one.text()).toContain('sona_events_total{result="accepted"} 2\n')
    expect(await other.text()).not.toContain('sona_events_total{result="accepted"} 2\n')
  })

  it('keep the reasons of degraded answers few, whatever comes', async () => {
    const metrics = createMetrics(() => vitals)
    for (let at = 0; at < 1_000; at++) metrics.recommended({ tookMs: 3, degraded: [`reason ${at}`] })
    metrics.recommended({ tookMs: 3, degraded: [] })
    const text = await metrics.text()
    expect(text.match(/^sona_recommendations_degraded_total\{/gm)).toHaveLength(101)
    expect(text).toContain('sona_recommendations_degraded_total{reason="other"} 900\n')
    expect(text).toContain('sona_recommendation_duration_seconds_count{degraded="yes"} 1000\n')
    expect(text).toContain('sona_recommendation_duration_seconds_count{degraded="no"} 1\n')
  })

  it('have the event loop’s lag among them', async () => {
    expect(await createMetrics(() => vitals).text()).toMatch(/^nodejs_eventloop_lag_p99_seconds /m)
  })
})
