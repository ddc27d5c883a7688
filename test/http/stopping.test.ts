import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { describe, expect, it } from 'vitest'
import { SonaError } from '../../src/domain/errors.js'
import { protocolSona } from './protocol-sona.js'
import { errorOf, served } from './served.js'

/** A Sona whose work begins and then waits for `finish`. */
function slowSona() {
  const sona = protocolSona()
  let finish = (): void => {}
  const begun: string[] = []
  const gate = new Promise<void>((resolve) => {
    finish = resolve
  })
  sona.before = async (what) => {
    begun.push(what)
    await gate
  }
  return { sona, begun, finish }
}

/** Other work may have the processor for a while. */
const patience = { timeout: 30_000 }

/** A connection to write to by hand; `ended` is all that was received when the server closed it. */
function connection(url: string) {
  const socket = connect(Number(new URL(url).port), '127.0.0.1')
  let received = ''
  socket.on('data', (part) => {
    received += part
  })
  const ended = new Promise<string>((resolve) => socket.on('close', () => resolve(received)))
  return { write: (text: string) => socket.write(text), ended }
}

const soon = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 100))

describe('a server that stops', () => {
  it('lets requests in flight finish, and takes no new connections', async () => {
    const { sona, begun, finish } = slowSona()
    const api = await served(sona)
    const inFlight = Array.from({ length: 20 }, (_, at) => api.send('POST', '/v1/recommendations', { userId: `u${at}` }))
    await expect.poll(() => begun.length, patience).toBe(20)

    let isClosed = false
    const closing = api.server.close().then(() => {
      isClosed = true
    })
    await soon()
    expect(isClosed).toBe(false)
    await expect(fetch(`${api.url}/health/live`)).rejects.toThrow()

    finish()
    const answers = await Promise.all(inFlight)
    for (const { status, headers } of answers) {
      expect(status).toBe(200)
      expect(headers.get('connection')).toBe('close')
    }
    await closing
  })

  it('refuses what comes on a connection that was open before, and ends it', async () => {
    const { sona, begun, finish } = slowSona()
    const api = await served(sona)
    const socket = connection(api.url)
    const body = '{"userId":"ann"}'
    const post = `POST /v1/recommendations HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: ${body.length}\r\n\r\n${body}`
    socket.write(post)
    await expect.poll(() => begun.length, patience).toBe(1)
    const closing = api.server.close()
    socket.write(post) // before the first is answered
    await soon()
    expect(begun.length).toBe(1)
    finish()
    const received = await socket.ended
    await closing
    expect(received).toMatch(/^HTTP\/1\.1 200 /)
    expect(received.match(/HTTP\/1\.1 200/g)).toHaveLength(1)
  })

  it('answers a request that came too late as SHUTTING_DOWN', async () => {
    const { sona, begun, finish } = slowSona()
    const api = await served(sona)
    const inFlight = api.send('POST', '/v1/recommendations', { userId: 'ann' })
    await expect.poll(() => begun.length, patience).toBe(1)
    const late = connection(api.url)
    late.write('GET /v1/items/alien HTTP/1.1\r\nhost: x\r\n') // its headers are not complete when the server begins to stop
    await soon()
    const closing = api.server.close()
    late.write('\r\n')
    const answer = await late.ended
    expect(answer).toMatch(/^HTTP\/1\.1 503 .*connection: close\r\n.*"code":"SHUTTING_DOWN"/is)
    expect(answer).toMatch(/retry-after: 1\r\n/i)
    expect(begun.length).toBe(1)
    finish()
    expect((await inFlight).status).toBe(200)
    await closing
  })

  it('cuts off what is not done within the grace period', async () => {
    const { sona, begun } = slowSona()
    const api = await served(sona, { graceMs: 200 })
    const cut = expect(api.send('POST', '/v1/recommendations', { userId: 'ann' })).rejects.toThrow()
    await expect.poll(() => begun.length, patience).toBe(1)
    const started = performance.now()
    await api.server.close()
    expect(performance.now() - started).toBeLessThan(2_000)
    await cut
    expect(api.logged).toContainEqual(expect.objectContaining({ level: 'warn', graceMs: 200 }))
  })

  it('stops a bulk body after the batch in hand, and says how far it came', async () => {
    const sona = protocolSona()
    const api = await served(sona)
    const row = (at: number): string => `{"itemId":"i${at}","kind":"movie","title":"T"}\n`
    const answered = new Promise<{ status: number; body: unknown }>((resolve, reject) => {
      const sending = httpRequest(
        `${api.url}/v1/items`,
        { method: 'POST', headers: { 'content-type': 'application/x-ndjson' } },
        async (response) => {
          clearInterval(endless)
          resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(await response.toArray()).toString()) })
        },
      )
      sending.on('error', reject)
      let at = 0
      const endless = setInterval(() => {
        for (let sent = 0; sent < 500; sent++) sending.write(row(at++))
      }, 5)
    })
    await expect.poll(() => sona.itemBatches.length, patience).toBeGreaterThan(2)
    await api.server.close()
    const { status, body } = await answered
    expect(status).toBe(503)
    expect(body).toMatchObject({ error: { code: 'SHUTTING_DOWN', details: { throughLine: sona.itemBatches.flat().length } } })
  })

  it('acknowledges nothing that was not stored', async () => {
    const sona = protocolSona()
    await sona.items.put([{ itemId: 'alien', kind: 'movie', title: 'Alien' } as never])
    let stored = 0
    sona.before = async (what) => {
      if (what !== 'append') return
      await new Promise((resolve) => setTimeout(resolve, Math.random() * 20))
      stored++
    }
    const api = await served(sona)
    let acknowledged = 0
    const senders = Array.from({ length: 8 }, async (_, sender) => {
      for (let at = 0; ; at++) {
        const event = { eventId: `${sender}-${at}`, userId: `u${sender}`, itemId: 'alien', kind: 'play' }
        const answer = await api.send('POST', '/v1/events', event).catch(() => undefined)
        if (answer?.status !== 200) return
        acknowledged++
      }
    })
    await expect.poll(() => acknowledged, patience).toBeGreaterThan(50)
    await api.server.close()
    await Promise.all(senders)
    expect(acknowledged).toBe(stored)
  })
})

describe('an address that is taken', () => {
  it('is an error that says so', async () => {
    const first = await served(protocolSona())
    const port = Number(new URL(first.url).port)
    await expect(served(protocolSona(), { port })).rejects.toThrow(SonaError)
    await expect(served(protocolSona(), { port })).rejects.toMatchObject({
      code: 'PORT_IN_USE',
      message: expect.stringContaining('--port'),
    })
    await first.server.close()
  })
})

describe('a server under pressure', () => {
  it('refuses work it cannot do in time, and still tells how it is', async () => {
    const api = await served(protocolSona(), { maxEventLoopDelayMs: 400 })
    const ask = () => api.send('POST', '/v1/recommendations', { userId: 'ann' })
    expect((await ask()).status).toBe(200)
    // A second of event loop taken away in slices: the mean delay of that second is far beyond 400 ms.
    const busy = setInterval(() => {
      const until = performance.now() + 1_200
      while (performance.now() < until);
    }, 1)
    await expect.poll(async () => (await ask()).status, { timeout: 30_000, interval: 200 }).toBe(503)
    const refused = await ask()
    expect(errorOf(refused).code).toBe('OVERLOADED')
    expect(refused.headers.get('retry-after')).toBe('1')
    expect((await api.send('GET', '/health/live')).status).toBe(200)
    expect((await api.send('GET', '/metrics')).body).toMatch(/sona_http_errors_total\{code="OVERLOADED"\} [1-9]/)
    clearInterval(busy)
    await expect.poll(async () => (await ask()).status, { timeout: 30_000, interval: 500 }).toBe(200)
    await api.server.close()
  })
})
