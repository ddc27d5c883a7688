import { request as httpRequest } from 'node:http'
import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { SonaError } from '../../src/domain/errors.js'
import { type ProtocolSona, protocolSona } from './protocol-sona.js'
import { errorOf, type Served, served } from './served.js'

/** Other work may have the processor for a while. */
const patience = { timeout: 30_000 }

let sona: ProtocolSona
let api: Served
beforeEach(async () => {
  sona = protocolSona()
  api = await served(sona)
})
afterEach(async () => api.server.close())

const ndjson = { type: 'application/x-ndjson' }
const row = (number: number): string => `${JSON.stringify({ itemId: `i${number}`, kind: 'movie', title: `Title ${number}` })}\n`
const rows = (from: number, to: number): string => Array.from({ length: to - from }, (_, at) => row(from + at)).join('')

/** Rows of 100 kB. */
function* largeRows(count: number): Generator<string> {
  const description = 'x'.repeat(100_000)
  for (let at = 0; at < count; at++) yield `${JSON.stringify({ itemId: `i${at}`, kind: 'movie', title: 'T', description })}\n`
}

interface Answered {
  readonly status: number
  readonly body: unknown
}

/** Posts a body that is made while it is sent, which `fetch` would hold back. */
function stream(body: Iterable<string> | AsyncIterable<string>): Promise<Answered> {
  return new Promise((resolve, reject) => {
    const sending = httpRequest(
      `${api.url}/v1/items`,
      { method: 'POST', headers: { 'content-type': ndjson.type } },
      async (response) => {
        resolve({ status: response.statusCode ?? 0, body: JSON.parse(Buffer.concat(await response.toArray()).toString()) })
      },
    )
    sending.on('error', reject)
    Readable.from(body).pipe(sending)
  })
}

describe('a bulk body', () => {
  it('is written row by row, and its bad rows are told with their lines', async () => {
    const body = `${row(1)}nonsense\n\n{"itemId":"x"}\r\n${row(2)}{"itemId":"y","kind":"movie","title":"Y","colour":"red"}\n${row(1)}{"itemId":"z","kind":"movie","title":"Z"}`
    const answer = await api.send('POST', '/v1/items', body, ndjson)
    expect(answer.body).toMatchObject({
      created: 3,
      updated: 0,
      unchanged: 1,
      rejected: 3,
      rejects: [
        { line: 2, code: 'INVALID_REQUEST', message: expect.stringContaining('not valid JSON') },
        { line: 4, code: 'INVALID_ITEM', message: 'kind is required; title is required.' },
        { line: 6, code: 'INVALID_ITEM', message: 'colour is not a known field.' },
      ],
    })
    expect((await api.send('GET', '/metrics')).body).toMatch(/sona_rows_written_total\{kind="items",result="rejected"\} 3\n/)
  })

  it('of users is read the same way', async () => {
    const body = '{"userId":"ann","traits":{"chosenGenres":["Sci-Fi"]}}\n{"userId":""}\n'
    expect((await api.send('POST', '/v1/users', body, ndjson)).body).toMatchObject({
      created: 1,
      rejects: [{ line: 2, code: 'INVALID_USER' }],
    })
    expect((await api.send('GET', '/v1/users/ann')).body).toMatchObject({ traits: { chosenGenres: ['science fiction'] } })
  })

  it('is written in batches of at most a thousand rows', async () => {
    expect((await api.send('POST', '/v1/items', rows(0, 2_500), ndjson)).body).toMatchObject({ created: 2_500, rejected: 0 })
    expect(sona.itemBatches.map((batch) => batch.length)).toEqual([1_000, 1_000, 500])
  })

  it('has few large rows written in small batches', async () => {
    expect((await stream(largeRows(200))).body).toMatchObject({ created: 200 })
    expect(Math.max(...sona.itemBatches.map((batch) => batch.length))).toBeLessThan(50)
  })

  it('is written while it arrives, and slows its sender down to the pace of the writing', async () => {
    let mayWrite = (): void => {}
    const gate = new Promise<void>((resolve) => {
      mayWrite = resolve
    })
    sona.before = async (what) => (what === 'put' ? gate : undefined)
    let sent = 0
    function* body() {
      for (const row of largeRows(1_000)) {
        sent++
        yield row
      }
    }
    const answer = stream(body())
    await expect.poll(() => sent, patience).toBeGreaterThan(50)
    let before: number
    do {
      before = sent
      await new Promise((resolve) => setTimeout(resolve, 500))
    } while (sent > before)
    // 100 MB are to be sent; what fits into the buffers on the way is sent, and then the sender waits.
    expect(sent).toBeLessThan(500)
    mayWrite()
    expect((await answer).body).toMatchObject({ created: 1_000 })
  })

  it('with a line beyond the limit loses that line only', async () => {
    const body = `${row(1)}{"itemId":"big","title":"${'x'.repeat(1_100_000)}"}\n${row(2)}`
    expect((await api.send('POST', '/v1/items', body, ndjson)).body).toMatchObject({
      created: 2,
      rejects: [{ line: 2, code: 'PAYLOAD_TOO_LARGE', message: expect.stringContaining('1,048,576') }],
    })
  })

  it('tells the first thousand rejected rows and counts the rest', async () => {
    const answer = await api.send('POST', '/v1/items', '{}\n'.repeat(2_500), ndjson)
    expect(answer.body).toMatchObject({ rejected: 2_500 })
    expect((answer.body as { rejects: unknown[] }).rejects).toHaveLength(1_000)
  })

  it('that stops half-way says what was written', async () => {
    sona.before = async (what) => {
      if (what === 'put' && sona.itemBatches.length === 2)
        throw new SonaError('DATABASE_UNAVAILABLE', 'The database does not answer.')
    }
    const answer = await api.send('POST', '/v1/items', `{}\n${rows(0, 4_999)}`, ndjson)
    expect(answer.status).toBe(503)
    expect(errorOf(answer)).toMatchObject({
      code: 'DATABASE_UNAVAILABLE',
      message: 'The database does not answer. Everything through line 2000 was written.',
      details: { throughLine: 2_000, written: 1_999, rejected: 1 },
    })
    expect((await api.send('GET', '/metrics')).body).toMatch(/sona_rows_written_total\{kind="items",result="created"\} 1999\n/)
  })

  it('without rows is refused', async () => {
    for (const body of ['', '\n\n', undefined]) {
      const answer = await api.send('POST', '/v1/items', body, ndjson)
      expect(errorOf(answer)).toMatchObject({ code: 'INVALID_REQUEST', message: expect.stringContaining('no rows') })
    }
  })

  it('whose sender goes away leaves what was written, and no trace in the error log', async () => {
    const sending = httpRequest(`${api.url}/v1/items`, { method: 'POST', headers: { 'content-type': ndjson.type } })
    sending.on('error', () => {}) // it is we who break it off
    sending.write(rows(0, 2_500))
    await expect.poll(() => sona.itemBatches.length, patience).toBe(2)
    sending.destroy()
    await expect.poll(() => api.logged.filter(({ status }) => status === 'aborted').length, patience).toBe(1)
    expect(api.logged.filter(({ level }) => level === 'error')).toEqual([])
    expect(sona.itemBatches).toHaveLength(2)
    expect((await api.send('GET', '/health/live')).status).toBe(200)
  })
})
