import type { FastifyInstance } from 'fastify'
import { adapterVersions, deleteAdapter, getAdapter, rollbackAdapter, trainAdapter } from '../../contract/adapter.js'
import { userProfile } from '../../contract/profile.js'
import { parseUser } from '../../contract/user.js'
import { deleteUser, getUser, putUser, writeUsers } from '../../contract/users.js'
import { assert, SonaError } from '../../domain/errors.js'
import { bulkWrite, streamNdjsonBodies } from '../bulk-write.js'
import { invalid } from '../failure.js'
import { mount } from '../mount.js'
import type { ServerParts } from '../server-parts.js'

export function userRoutes(server: FastifyInstance, parts: ServerParts): void {
  const { sona, metrics } = parts
  adapterRoutes(server, parts)
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

function adapterRoutes(server: FastifyInstance, { sona: { adapters } }: ServerParts): void {
  mount(server, getAdapter, ({ params }) => adapters.of(params.id))
  mount(server, trainAdapter, async ({ params }) => ({ userId: params.id, due: await adapters.train(params.id) }))
  mount(server, deleteAdapter, async ({ params }) => ({ userId: params.id, versions: await adapters.forget(params.id) }))
  mount(server, adapterVersions, async ({ params }) => ({ userId: params.id, versions: await adapters.versions(params.id) }))
  mount(server, rollbackAdapter, async ({ params, body }) => ({
    userId: params.id,
    adapter: await adapters.rollback(params.id, body.to ?? undefined),
  }))
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
