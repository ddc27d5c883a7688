import type { FastifyInstance } from 'fastify'
import { search, similar } from '../../contract/search.js'
import { SonaError } from '../../domain/errors.js'
import { mount } from '../mount.js'
import type { ServerParts } from '../server-parts.js'

export function searchRoutes(server: FastifyInstance, { sona }: ServerParts): void {
  mount(server, search, ({ query }) => sona.search(query))

  mount(server, similar, async ({ params, query }) => {
    const answer = await sona.items.similar(params.id, query)
    if (answer === undefined) throw new SonaError('ITEM_NOT_FOUND', 'No item has this id.')
    return answer
  })
}
