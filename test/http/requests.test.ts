import { randomBytes } from 'node:crypto'
import { connect } from 'node:net'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { SonaError } from '../../src/domain/errors.js'
import { type ProtocolSona, protocolSona } from './protocol-sona.js'
import { errorOf, type Served, served } from './served.js'

let sona: ProtocolSona
let api: Served
beforeAll(async () => {
  sona = protocolSona()
  api = await served(sona)
})
afterAll(async () => api.server.close())
beforeEach(() => {
  sona.before = async () => {}
})

const film = { kind: 'movie', title: 'Alien' }

/** What a server answers to these bytes on a connection of their own, until it closes it. */
function raw(bytes: string, url = api.url): Promise<string> {
  return new Promise((resolve, reject) => {
    let answer = ''
    const socket = connect(Number(new URL(url).port), '127.0.0.1', () => socket.write(bytes))
    socket.on('data', (part) => {
      answer += part
    })
    socket.on('close', () => resolve(answer))
    socket.on('error', reject)
  })
}

describe('a request that does not match the contract', () => {
  it('is told of everything that is wrong with it, by field', async () => {
    const answer = await api.send('POST', '/v1/recommendations', {
      userId: '',
      count: 501,
      kount: 3,
      context: { region: 'Germany' },
    })
    expect(answer.status).toBe(400)
    expect(errorOf(answer)).toMatchObject({ code: 'INVALID_REQUEST' })
    expect(errorOf(answer).details).toEqual(
      expect.arrayContaining([
        { field: 'userId', message: 'must not be empty' },
        { field: 'count', message: 'must be at most 500' },
        { field: 'kount', message: 'is not a known field' },
        { field: 'context.region', message: expect.stringContaining('ISO 3166') },
      ]),
    )
  })

  it('has a code that says which part is wrong', async () => {
    const filter = { field: 'colour', op: 'eq', value: 'red' }
    expect(errorOf(await api.send('POST', '/v1/recommendations', { userId: 'ann', filter })).code).toBe('INVALID_FILTER')
    expect(errorOf(await api.send('PUT', '/v1/items/x', { kind: 'movie' })).code).toBe('INVALID_ITEM')
    expect(errorOf(await api.send('PUT', '/v1/users/x', { traits: { region: 'Germany' } })).code).toBe('INVALID_USER')
  })

  it('is told what is wrong with its JSON', async () => {
    const answer = await api.send('POST', '/v1/recommendations', '{"userId":"ann",}')
    expect(errorOf(answer)).toMatchObject({
      code: 'INVALID_REQUEST',
      message: expect.stringMatching(/not valid JSON: .*position 16/),
    })
    for (const body of ['', 'null', '[]', '"ann"', '{"userId":']) {
      expect(errorOf(await api.send('POST', '/v1/recommendations', body)).code).toBe('INVALID_REQUEST')
    }
  })

  it('is refused when its bytes are not UTF-8, rather than read with holes in it', async () => {
    const body = Buffer.concat([Buffer.from('{"userId":"a'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')])
    expect(errorOf(await api.send('POST', '/v1/recommendations', body)).message).toBe('The body is not valid UTF-8.')
  })

  it('is told which content type to send', async () => {
    const form = await api.send('POST', '/v1/events', 'userId=ann', { type: 'application/x-www-form-urlencoded' })
    expect(errorOf(form)).toMatchObject({ code: 'UNSUPPORTED_MEDIA_TYPE', message: expect.stringContaining('application/json') })
    const json = await api.send('POST', '/v1/items', film)
    expect(errorOf(json)).toMatchObject({
      code: 'UNSUPPORTED_MEDIA_TYPE',
      message: expect.stringContaining('application/x-ndjson'),
    })
    const gzip = await api.send('POST', '/v1/events', 'x', { headers: { 'content-encoding': 'gzip' } })
    expect(errorOf(gzip)).toMatchObject({ code: 'UNSUPPORTED_MEDIA_TYPE', message: expect.stringContaining('uncompressed') })
  })

  it('takes charset and letter case of a content type as they come', async () => {
    const answer = await api.send('POST', '/v1/recommendations', { userId: 'ann' }, { type: 'Application/JSON; charset=UTF-8' })
    expect(answer.status).toBe(200)
  })

  it('may have a body of a mebibyte, and no more', async () => {
    const filled = (bytes: number) => JSON.stringify({ userId: 'ann' }).padEnd(bytes)
    expect((await api.send('POST', '/v1/recommendations', filled(1_048_576))).status).toBe(200)
    const answer = await api.send('POST', '/v1/recommendations', filled(1_048_577))
    expect(answer.status).toBe(413)
    expect(errorOf(answer)).toMatchObject({ code: 'PAYLOAD_TOO_LARGE', message: expect.stringContaining('1,048,576') })
  })

  it('that is far too large is answered all the same, though its sender is still sending', async () => {
    for (let round = 0; round < 5; round++) {
      const answer = await api.send('POST', '/v1/events', Buffer.alloc(50_000_000, ' '))
      expect(errorOf(answer).code).toBe('PAYLOAD_TOO_LARGE')
    }
    const unread = await api.send('PUT', '/v1/nowhere', Buffer.alloc(50_000_000, ' '), { type: 'video/mp4' })
    expect(errorOf(unread).code).toBe('ROUTE_NOT_FOUND')
  })

  it('may not carry parameters that nobody reads', async () => {
    const answer = await api.send('POST', '/v1/recommendations?count=3', { userId: 'ann' })
    expect(errorOf(answer)).toMatchObject({ code: 'INVALID_REQUEST', message: expect.stringContaining('count') })
    expect((await api.send('GET', '/health/live?probe=1')).status).toBe(200)
  })
})

describe('an address', () => {
  it('that does not exist is answered in the same form as any failure', async () => {
    expect(errorOf(await api.send('GET', '/v2/anything')).code).toBe('ROUTE_NOT_FOUND')
    expect(errorOf(await api.send('PATCH', '/favicon.ico', 'x', { type: 'text/plain' })).code).toBe('ROUTE_NOT_FOUND')
  })

  it('with another method says which it has', async () => {
    const answer = await api.send('GET', '/v1/recommendations')
    expect(answer.status).toBe(405)
    expect(answer.headers.get('allow')).toBe('POST')
    expect(errorOf(await api.send('PATCH', '/v1/items/x', {})).details).toEqual({ allowed: ['PUT', 'GET', 'DELETE'] })
  })

  it('that is badly encoded is told so, with a request id, and is counted', async () => {
    const answer = await api.send('GET', '/v1/items/%E0%A4%A')
    expect(errorOf(answer)).toMatchObject({ code: 'INVALID_REQUEST', message: expect.stringContaining('percent-encoded') })
    expect(answer.headers.get('x-request-id')).toBeTruthy()
    expect((await api.send('GET', '/metrics')).body).toMatch(
      /duration_seconds_count\{route="none",method="GET",status="4xx"\} [1-9]/,
    )
  })

  it('that is too long is told so', async () => {
    expect(errorOf(await api.send('GET', `/v1/items/${'a'.repeat(513)}`)).message).toBe('id must be at most 512 bytes.')
    expect(errorOf(await api.send('GET', `/v1/items/${'a'.repeat(20_000)}`)).code).toBe('HEADERS_TOO_LARGE')
  })
})

describe('an id in a path', () => {
  it('may be any UTF-8 of up to 512 bytes', async () => {
    const ids = [
      'a/b',
      '/',
      '//',
      'ä',
      '🍿/🎬',
      '%',
      '%2F',
      '%25',
      'a b',
      '?x=1',
      '#',
      ';',
      '+',
      '&',
      ':',
      'a:b',
      'Ω'.repeat(256),
      'x'.repeat(512),
      '*',
    ]
    for (const id of ids) {
      const path = `/v1/items/${encodeURIComponent(id)}`
      expect((await api.send('PUT', path, film)).body, id).toEqual({ itemId: id, change: 'created' })
      expect((await api.send('GET', path)).body, id).toMatchObject({ itemId: id, title: 'Alien' })
      expect((await api.send('DELETE', path)).body, id).toEqual({ itemId: id, deleted: true })
      expect(errorOf(await api.send('GET', path)).code, id).toBe('ITEM_NOT_FOUND')
    }
  })

  it('comes back as it was, whatever it is made of', async () => {
    for (let round = 0; round < 200; round++) {
      const id = [...randomBytes(40).toString('latin1')].map((char) => (char === '\0' ? '😀' : char)).join('')
      expect((await api.send('PUT', `/v1/users/${encodeURIComponent(id)}`, {})).body).toEqual({ userId: id, change: 'created' })
    }
  })

  it('may be repeated in the body, and may not be another one there', async () => {
    await api.send('PUT', '/v1/items/alien', film)
    const { body } = await api.send('GET', '/v1/items/alien')
    expect((await api.send('PUT', '/v1/items/alien', body)).body).toEqual({ itemId: 'alien', change: 'unchanged' })
    expect(errorOf(await api.send('PUT', '/v1/items/aliens', body))).toMatchObject({
      code: 'INVALID_ITEM',
      message: expect.stringContaining('path'),
    })
    expect(errorOf(await api.send('PUT', '/v1/users/ann', { userId: 'bob' })).code).toBe('INVALID_USER')
  })
})

describe('a failure behind the server', () => {
  it('has the code, the status and the words it was thrown with', async () => {
    sona.before = async () => {
      throw new SonaError('DATABASE_UNAVAILABLE', 'The database does not answer.')
    }
    const answer = await api.send('POST', '/v1/events', { userId: 'ann', itemId: 'alien', kind: 'play' })
    expect(answer.status).toBe(503)
    expect(answer.headers.get('retry-after')).toBe('5')
    expect(errorOf(answer)).toEqual({ code: 'DATABASE_UNAVAILABLE', message: 'The database does not answer.' })
  })

  it('that is our fault tells the caller a request id and nothing else, and the log the rest', async () => {
    sona.before = async () => {
      throw new Error('Assertion failed: secret table layout')
    }
    const answer = await api.send('POST', '/v1/recommendations', { userId: 'ann' })
    expect(answer.status).toBe(500)
    const requestId = answer.headers.get('x-request-id')
    expect(errorOf(answer)).toMatchObject({ code: 'INTERNAL_ERROR', details: { requestId } })
    expect(JSON.stringify(answer.body)).not.toContain('secret')
    const line = api.logged.find(({ reqId, level }) => reqId === requestId && level === 'error')
    expect(JSON.stringify(line)).toContain('secret table layout')
    expect(JSON.stringify(line)).toContain('protocol-sona')
  })

  it('is counted by its code and by its status, as successes are', async () => {
    const { body } = await api.send('GET', '/metrics')
    expect(body).toMatch(/sona_http_errors_total\{code="INTERNAL_ERROR"\} [1-9]/)
    expect(body).toMatch(/duration_seconds_count\{route="\/v1\/recommendations",method="POST",status="5xx"\} [1-9]/)
    expect(body).toMatch(/duration_seconds_count\{route="\/v1\/recommendations",method="POST",status="2xx"\} [1-9]/)
    expect(body).toMatch(/sona_http_requests_in_flight 1\n/)
  })
})

describe('events', () => {
  it('are judged one by one, in all three forms of the body', async () => {
    await api.send('PUT', '/v1/items/alien', film)
    const good = { userId: 'ann', itemId: 'alien', kind: 'play' }
    const single = await api.send('POST', '/v1/events', { ...good, eventId: 'single' })
    expect(single.body).toMatchObject({
      accepted: 1,
      results: [{ index: 0, eventId: 'single', status: 'accepted', userVersion: 1 }],
    })

    const many = [{ ...good, eventId: 'single' }, good, { ...good, eventId: 'bad', rating: 9 }, { ...good, itemId: 'nope' }, null]
    for (const [body, user] of [
      [many, 'bob'],
      [{ events: many }, 'eve'],
    ] as const) {
      const events = JSON.parse(JSON.stringify(body).replaceAll('"ann"', `"${user}"`)) as unknown
      const { status, body: judged } = await api.send('POST', '/v1/events', events)
      expect(status).toBe(200)
      expect(judged).toMatchObject({ accepted: 2, duplicates: 0, rejected: 3 })
      expect((judged as { results: unknown[] }).results).toMatchObject([
        { index: 0, status: 'accepted', eventId: 'single', userVersion: 2 },
        { index: 1, status: 'accepted', eventId: expect.stringMatching(/^[\da-f-]{36}$/) },
        { index: 2, status: 'rejected', eventId: 'bad', code: 'INVALID_EVENT', message: expect.stringContaining('rating') },
        { index: 3, status: 'rejected', code: 'ITEM_NOT_FOUND' },
        { index: 4, status: 'rejected', code: 'INVALID_EVENT' },
      ])
    }
  })

  it('that come again are duplicates', async () => {
    await api.send('PUT', '/v1/items/alien', film)
    const event = { eventId: 'twice', userId: 'dan', itemId: 'alien', kind: 'play' }
    const answer = await api.send('POST', '/v1/events', [event, event])
    expect(answer.body).toMatchObject({ accepted: 1, duplicates: 1, results: [{ status: 'accepted' }, { status: 'duplicate' }] })
    expect((await api.send('POST', '/v1/events', event)).body).toMatchObject({
      duplicates: 1,
      results: [{ status: 'duplicate', userVersion: 1 }],
    })
  })

  it('are refused as a whole only when the body is of no use', async () => {
    const event = { userId: 'ann', itemId: 'alien', kind: 'play' }
    for (const body of [[], { events: [] }, { events: [event], and: 1 }, 'null', '7', Array(1_001).fill(event)]) {
      expect(errorOf(await api.send('POST', '/v1/events', body)).code).toBe('INVALID_REQUEST')
    }
    expect((await api.send('POST', '/v1/events', Array(1_000).fill(event))).status).toBe(200)
  })

  it('are not stored when none is good', async () => {
    sona.before = async () => {
      throw new Error('append was called')
    }
    expect((await api.send('POST', '/v1/events', [{}])).body).toMatchObject({ rejected: 1 })
  })
})

describe('health', () => {
  it('is live at once and ready with models, and tells what is degraded', async () => {
    sona.vitals = { ready: false, modelVersion: 'none', items: 0, degraded: ['no models'] }
    expect((await api.send('GET', '/health/live')).body).toEqual({ status: 'live' })
    const answer = await api.send('GET', '/health/ready')
    expect(errorOf(answer)).toMatchObject({ code: 'NOT_READY', details: { degraded: ['no models'] } })
    expect(answer.headers.get('retry-after')).toBe('5')
    sona.vitals = { ready: true, modelVersion: '7', items: 3, degraded: [] }
    expect((await api.send('GET', '/health/ready')).body).toEqual({ status: 'ready', modelVersion: '7', items: 3, degraded: [] })
    expect((await api.send('GET', '/metrics')).body).toMatch(/sona_model_info\{version="7"\} 1\n/)
  })
})

describe('what is not HTTP', () => {
  it('is answered in the same form, and the connection ends', async () => {
    const answer = await raw('this is no request\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1\.1 400 /)
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({ error: { code: 'INVALID_REQUEST' } })
  })

  it('or breaks off half-way harms nobody', async () => {
    const socket = connect(Number(new URL(api.url).port), '127.0.0.1')
    socket.write('POST /v1/events HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"a"')
    await new Promise((resolve) => setTimeout(resolve, 50))
    socket.destroy()
    await new Promise((resolve) => setTimeout(resolve, 50))
    expect((await api.send('GET', '/health/live')).status).toBe(200)
    expect(api.logged.filter(({ level, reqId }) => level === 'error' && reqId === undefined)).toEqual([])
    expect((await api.send('GET', '/metrics')).body).toMatch(/status="aborted"\} 1\n/)
  })
})

describe('a request that takes too long', () => {
  it('is given up, whether its body or its answer does not come', async () => {
    const slow = protocolSona()
    const hasty = await served(slow, { requestTimeoutMs: 300 })
    slow.before = () => new Promise((resolve) => setTimeout(resolve, 1_000))
    const late = { code: 'OVERLOADED', message: expect.stringContaining('not ready in time') }
    expect(errorOf(await hasty.send('POST', '/v1/recommendations', { userId: 'ann' }))).toMatchObject(late)
    expect(errorOf(await hasty.send('GET', '/v1/items/alien'))).toMatchObject(late)

    for (const [path, type] of [
      ['/v1/events', 'application/json'],
      ['/v1/items', 'application/x-ndjson'],
    ]) {
      const answer = await raw(
        `POST ${path} HTTP/1.1\r\nhost: x\r\ncontent-type: ${type}\r\ncontent-length: 9\r\n\r\n{`,
        hasty.url,
      )
      expect(answer).toMatch(/^HTTP\/1\.1 408 /)
      expect(answer).toContain('"code":"REQUEST_TIMEOUT"')
    }
    await hasty.server.close()
  })
})

describe('the log', () => {
  it('has one line for each request, with the route and never the ids or the body', async () => {
    const before = api.logged.length
    const answer = await api.send('GET', '/v1/users/very-private', undefined, { headers: { 'x-request-id': 'trace-1' } })
    expect(answer.headers.get('x-request-id')).toBe('trace-1')
    await api.send('POST', '/v1/events', { userId: 'very-private', itemId: 'alien', kind: 'play' })
    await expect.poll(() => api.logged.length).toBeGreaterThanOrEqual(before + 2)
    const lines = api.logged.slice(before)
    expect(lines).toContainEqual(
      expect.objectContaining({ reqId: 'trace-1', msg: 'request', method: 'GET', route: '/v1/users/:id', status: 404 }),
    )
    expect(JSON.stringify(lines)).not.toContain('very-private')
  })

  it('takes no request id that could forge a line', async () => {
    const answer = await api.send('GET', '/health/live', undefined, { headers: { 'x-request-id': 'a b" c' } })
    expect(answer.headers.get('x-request-id')).toMatch(/^[\da-f-]{36}$/)
  })
})

describe('other web pages', () => {
  it('may call the API only from the origins that were named', async () => {
    const fromPage = (url: string) => fetch(`${url}/health/live`, { headers: { origin: 'https://tv.example' } })
    expect((await fromPage(api.url)).headers.get('access-control-allow-origin')).toBeNull()
    const open = await served(protocolSona(), { corsOrigins: ['https://tv.example'] })
    expect((await fromPage(open.url)).headers.get('access-control-allow-origin')).toBe('https://tv.example')
    const other = await fetch(`${open.url}/health/live`, { headers: { origin: 'https://evil.example' } })
    expect(other.headers.get('access-control-allow-origin')).toBeNull()
    await open.server.close()
  })
})
