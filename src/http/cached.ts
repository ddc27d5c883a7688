import { createHash } from 'node:crypto'
import type { onSendHookHandler } from 'fastify'
import type { Route } from '../contract/route.js'

/**
 * Lets caches keep an answer that is the same for everybody: Cache-Control, an ETag made of the body, and 304 for who has that body
 * already. Failures are not kept.
 */
export function cached({ maxAgeSeconds, staleSeconds }: NonNullable<Route['cache']>): onSendHookHandler {
  return async (request, reply, payload) => {
    if (reply.statusCode !== 200 || typeof payload !== 'string') return payload
    const etag = `"${createHash('sha256').update(payload).digest('base64url').slice(0, 22)}"`
    reply.header('etag', etag)
    reply.header('cache-control', `public, max-age=${maxAgeSeconds}, stale-while-revalidate=${staleSeconds}`)
    if (!isAmong(etag, request.headers['if-none-match'])) return payload
    reply.code(304)
    reply.removeHeader('content-length')
    return ''
  }
}

/** `*`, or a list of tags; a weak one is as good, since the body is compared byte by byte. */
function isAmong(etag: string, wanted: string | undefined): boolean {
  if (wanted === undefined) return false
  return wanted.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag)
}
