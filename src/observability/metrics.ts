import { Counter, collectDefaultMetrics, Gauge, Histogram, Registry } from 'prom-client'
import { type EncoderVitals, type EndedEncoding, encoderMetrics } from './encoder-metrics.js'
import { type JobVitals, jobMetrics } from './job-metrics.js'

/** What of a running Sona is counted and timed. Failures count as successes do, and one server's figures are its own. */
export interface Metrics {
  requestStarted(): void
  /** Once for each started request, however it ended. */
  requestEnded(request: EndedRequest): void
  /** A failure was answered with this code. */
  failed(code: string): void
  recommended(answer: { readonly tookMs: number; readonly degraded: readonly string[] }): void
  eventsJudged(results: { readonly accepted: number; readonly duplicates: number; readonly rejected: number }): void
  rowsWritten(kind: 'items' | 'users', results: Readonly<Partial<Record<RowResult, number>>>): void
  /** A call to the encoder has ended. */
  encoded(call: EndedEncoding): void
  /** All figures in Prometheus' text format. */
  text(): Promise<string>
  /** The content type that goes with `text`. */
  readonly contentType: string
}

const rowResults = ['created', 'updated', 'unchanged', 'rejected'] as const
type RowResult = (typeof rowResults)[number]

export interface EndedRequest {
  /** The route's pattern, never the address: addresses hold ids, and each would be a time series of its own. */
  readonly route: string
  readonly method: string
  /** Undefined when the caller went away before the answer was sent. */
  readonly status: number | undefined
  readonly seconds: number
}

/** Read whenever the figures are asked for. */
export interface Vitals {
  readonly ready: boolean
  readonly modelVersion: string
  readonly items: number
  readonly degraded: readonly string[]
}

// From half a millisecond, which a health check takes, to the time after which a request is given up.
const buckets = [0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30]

// Reasons are made of the names of sources and error codes. Should they ever grow without bound, Prometheus must not pay.
const MOST_REASONS = 100

export function createMetrics(
  vitals: () => Vitals,
  encoder: () => EncoderVitals | undefined = () => undefined,
  jobs?: JobVitals,
): Metrics {
  const registry = new Registry()
  const registers = [registry]
  collectDefaultMetrics({ register: registry })
  registerVitals(registers, vitals)
  if (jobs !== undefined) jobMetrics(registers, jobs)

  const requests = new Histogram({
    name: 'sona_http_request_duration_seconds',
    help: 'Time from the arrival of a request to the end of its answer. Status "aborted": the caller went away.',
    labelNames: ['route', 'method', 'status'],
    buckets,
    registers,
  })
  const inFlight = new Gauge({ name: 'sona_http_requests_in_flight', help: 'Requests being answered now.', registers })
  const failures = new Counter({
    name: 'sona_http_errors_total',
    help: 'Failures answered, by error code.',
    labelNames: ['code'],
    registers,
  })
  const recommendations = new Histogram({
    name: 'sona_recommendation_duration_seconds',
    help: 'Time that a recommendation took inside Sona, without HTTP.',
    labelNames: ['degraded'],
    buckets,
    registers,
  })
  const degradations = new Counter({
    name: 'sona_recommendations_degraded_total',
    help: 'Recommendations that lacked something, by what they lacked.',
    labelNames: ['reason'],
    registers,
  })
  const events = new Counter({
    name: 'sona_events_total',
    help: 'Events received, by how they were judged.',
    labelNames: ['result'],
    registers,
  })
  const rows = new Counter({
    name: 'sona_rows_written_total',
    help: 'Items and users received, by what became of them.',
    labelNames: ['kind', 'result'],
    registers,
  })
  const reasons = new Set<string>()

  return {
    requestStarted: () => inFlight.inc(),
    requestEnded({ route, method, status, seconds }) {
      inFlight.dec()
      requests.observe({ route, method, status: status === undefined ? 'aborted' : `${Math.floor(status / 100)}xx` }, seconds)
    },
    failed: (code) => failures.inc({ code }),
    recommended({ tookMs, degraded }) {
      recommendations.observe({ degraded: degraded.length === 0 ? 'no' : 'yes' }, tookMs / 1_000)
      for (const reason of degraded) {
        if (reasons.size < MOST_REASONS) reasons.add(reason)
        degradations.inc({ reason: reasons.has(reason) ? reason : 'other' })
      }
    },
    eventsJudged({ accepted, duplicates, rejected }) {
      events.inc({ result: 'accepted' }, accepted)
      events.inc({ result: 'duplicate' }, duplicates)
      events.inc({ result: 'rejected' }, rejected)
    },
    rowsWritten(kind, results) {
      for (const result of rowResults) rows.inc({ kind, result }, results[result] ?? 0)
    },
    encoded: encoderMetrics(registers, encoder),
    text: () => registry.metrics(),
    contentType: registry.contentType,
  }
}

/** Gauges that are read at the moment somebody asks. */
function registerVitals(registers: Registry[], vitals: () => Vitals): void {
  new Gauge({
    name: 'sona_ready',
    help: '1 when recommendations can be answered.',
    registers,
    collect() {
      this.set(vitals().ready ? 1 : 0)
    },
  })
  new Gauge({
    name: 'sona_items',
    help: 'Items that can be recommended from.',
    registers,
    collect() {
      this.set(vitals().items)
    },
  })
  new Gauge({
    name: 'sona_model_info',
    help: '1 for the version of the models in use.',
    labelNames: ['version'],
    registers,
    collect() {
      this.reset()
      this.set({ version: vitals().modelVersion }, 1)
    },
  })
  new Gauge({
    name: 'sona_degraded',
    help: '1 for each part that does not work as it should.',
    labelNames: ['part'],
    registers,
    collect() {
      this.reset()
      for (const part of vitals().degraded) this.set({ part }, 1)
    },
  })
}
