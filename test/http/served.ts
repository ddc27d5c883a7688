import { Writable } from 'node:stream'
import { api } from '../../src/contract/api.js'
import { type ErrorAnswer, errorAnswerSchema, statusOf } from '../../src/contract/errors.js'
import { parseWith, sentenceOf } from '../../src/contract/problems.js'
import { commonErrors, type Route } from '../../src/contract/route.js'
import { createServer, type Server, type ServerOptions } from '../../src/http/server.js'
import { createLog } from '../../src/observability/log.js'
import type { Sona } from '../../src/sona.js'

export interface Served {
  readonly server: Server
  readonly url: string
  /** What was logged so far. */
  readonly logged: Record<string, unknown>[]
  send(method: string, path: string, body?: unknown, options?: SendOptions): Promise<Answer>
}

export interface SendOptions {
  readonly type?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly body: unknown
}

/** So long that a test on a busy machine is never refused for its slowness, nor for a late event loop; tests of being refused set their own. */
const PATIENCE_MS = 120_000

/** Serves a Sona on a free port of loopback. Every answer that comes back is held against the contract. */
export async function served(sona: Sona, options: Partial<ServerOptions> = {}): Promise<Served> {
  const logged: Record<string, unknown>[] = []
  const to = new Writable({
    write(line, _encoding, done) {
      logged.push(JSON.parse(String(line)) as Record<string, unknown>)
      done()
    },
  })
  const server = await createServer(sona, {
    log: createLog({ level: 'debug', to }),
    port: 0,
    maxEventLoopDelayMs: 0,
    requestTimeoutMs: PATIENCE_MS,
    ...options,
  })
  const url = await server.listen()

  return {
    server,
    url,
    logged,
    async send(method, path, body, { type = 'application/json', headers = {} } = {}) {
      const text = body === undefined || typeof body === 'string' || body instanceof Uint8Array ? body : JSON.stringify(body)
      const response = await fetch(url + path, {
        method,
        headers: { ...(text !== undefined && { 'content-type': type }), ...headers },
        ...(text !== undefined && { body: text }),
      })
      const answer = { status: response.status, headers: response.headers, body: await bodyOf(response) }
      holdAgainstContract(method, path, answer)
      return answer
    },
  }
}

async function bodyOf(response: Response): Promise<unknown> {
  const text = await response.text()
  return response.headers.get('content-type')?.startsWith('application/json') ? JSON.parse(text) : text
}

/** Throws when an answer is not what the contract says: an unlisted failure, a missing field, one too many. */
function holdAgainstContract(method: string, path: string, answer: Answer): void {
  const route = routeOf(method, path)
  if (answer.status === 200) {
    if (route === undefined) throw new Error(`${method} ${path} answered, and is not in the contract.`)
    const parsed = parseWith(route.answer.schema, answer.body)
    if (!parsed.ok) throw new Error(`${method} ${path} answered against the contract: ${sentenceOf(parsed.problems)}`)
    return
  }
  const parsed = parseWith(errorAnswerSchema, answer.body)
  if (!parsed.ok) throw new Error(`${method} ${path} failed against the contract: ${sentenceOf(parsed.problems)}`)
  const { code } = parsed.value.error
  if (statusOf(code) !== answer.status) throw new Error(`${method} ${path} answered ${code} with status ${answer.status}.`)
  const listed: readonly string[] =
    route === undefined ? ['ROUTE_NOT_FOUND', 'METHOD_NOT_ALLOWED', 'INVALID_REQUEST'] : route.errors
  if (!listed.includes(code) && !commonErrors.some((common) => common === code)) {
    throw new Error(`${method} ${path} answered ${code}, which its contract does not list.`)
  }
}

function routeOf(method: string, path: string): Route | undefined {
  const [address = ''] = path.split('?')
  return api.find((route) => route.method === method && new RegExp(`^${route.path.replaceAll(/:\w+/g, '[^/]*')}$`).test(address))
}

/** The code and message of a failure. */
export const errorOf = (answer: Answer): ErrorAnswer['error'] => errorAnswerSchema.parse(answer.body).error
