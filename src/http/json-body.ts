import type { FastifyInstance } from 'fastify'
import { SonaError } from '../domain/errors.js'

/** Makes a server read JSON bodies and nothing else, and say what is wrong with one that is not JSON. */
export function readJsonBodies(server: FastifyInstance): void {
  server.removeAllContentTypeParsers()
  server.addContentTypeParser<Buffer>('application/json', { parseAs: 'buffer' }, (_request, body, done) => {
    try {
      done(null, parseJson(body))
    } catch (error) {
      done(error as Error)
    }
  })
}

const utf8 = new TextDecoder('utf-8', { fatal: true })

/** The value, or undefined of an empty text. Throws INVALID_REQUEST, with the place and the reason, for what is not JSON in UTF-8. */
export function parseJson(bytes: Uint8Array, whole = 'The body'): unknown {
  if (bytes.length === 0) return undefined
  try {
    return JSON.parse(utf8.decode(bytes))
  } catch (cause) {
    const reason = cause instanceof SyntaxError ? `valid JSON: ${cause.message}` : 'valid UTF-8'
    throw new SonaError('INVALID_REQUEST', `${whole} is not ${reason}.`, { cause })
  }
}
