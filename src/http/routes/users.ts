import type { FastifyInstance } from 'fastify'
import { userProfile } from '../../contract/profile.js'
import { parseUser } from '../../contract/user.js'
import { deleteUser, getUser, putUser, writeUsers } from '../../contract/users.js'
import { assert, SonaError } from '../../domain/errors.js'
import { bulkWrite, streamNdjsonBodies } from '../bulk-write.js'
import { invalid } from '../failure.js'
import { mount } from '../mount.js'
import type { ServerParts } from '../server-parts.js'

export function userRoutes(server: FastifyInstance, { sona, metrics }: ServerParts): void {
  mount(server, putUser, async ({ params, body: { userId = params.id, ...fields } }) => {
    if (userId !== params.id) {
      throw invalid('INVALID_USER', [{ field: 'userId', message: 'must be the same as the id in the path' }], 'The body')
    }
    const [change] = await sona.users.put([{ userId, ...fields }])
    assert(change !== undefined, 'one user put, one change told')
    metrics.rowsWritten('users', { [change]: 1 })
    return { userId, change }
  })

  mount(server, getUser, async ({ params }) => {
    const user = await sona.users.get(params.id)
    if (user === undefined) throw notFound()
    return user
  })

  mount(server, userProfile, ({ params, query }) => sona.users.profile(params.id, query))

  mount(server, deleteUser, async ({ params }) => {
    const erased = await sona.users.delete(params.id)
    if (erased === undefined) throw notFound()
    return { userId: params.id, deleted: true as const, events: erased.events }
  })
}

/** On a server of its own, since its bodies are read differently. */
export function bulkUserRoutes(server: FastifyInstance, { sona, metrics, requestTimeoutMs, stop }: ServerParts): void {
  streamNdjsonBodies(server)
  mount(server, writeUsers, async ({ body }) =>
    bulkWrite(body, {
      parse: parseUser,
      invalidRow: 'INVALID_USER',
      put: (rows) => sona.users.put(rows),
      onEnd: (tally) => metrics.rowsWritten('users', tally),
      partTimeoutMs: requestTimeoutMs,
      stop,
    }),
  )
}

const notFound = (): SonaError => new SonaError('USER_NOT_FOUND', 'No user has this id.')
