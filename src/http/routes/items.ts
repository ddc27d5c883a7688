import type { FastifyInstance } from 'fastify'
import { itemGraph } from '../../contract/graph.js'
import { itemToJson, parseItem } from '../../contract/item.js'
import { deleteItem, getItem, putItem, writeItems } from '../../contract/items.js'
import { assert, SonaError } from '../../domain/errors.js'
import { bulkWrite, streamNdjsonBodies } from '../bulk-write.js'
import { invalid } from '../failure.js'
import { mount } from '../mount.js'
import type { ServerParts } from '../server-parts.js'

export function itemRoutes(server: FastifyInstance, { sona, metrics }: ServerParts): void {
  mount(server, putItem, async ({ params, body: { itemId = params.id, ...fields } }) => {
    if (itemId !== params.id) {
      throw invalid('INVALID_ITEM', [{ field: 'itemId', message: 'must be the same as the id in the path' }], 'The body')
    }
    const [change] = await sona.items.put([{ itemId, ...fields }])
    assert(change !== undefined, 'one item put, one change told')
    metrics.rowsWritten('items', { [change]: 1 })
    return { itemId, change }
  })

  mount(server, getItem, async ({ params }) => {
    const item = await sona.items.get(params.id)
    if (item === undefined) throw notFound()
    return itemToJson(item)
  })

  mount(server, deleteItem, async ({ params }) => {
    if (!(await sona.items.delete(params.id))) throw notFound()
    return { itemId: params.id, deleted: true as const }
  })

  mount(server, itemGraph, async ({ params, query }) => {
    const walk = await sona.items.graph(params.id, query)
    if (walk === undefined) throw notFound()
    return walk
  })
}

/** On a server of its own, since its bodies are read differently. */
export function bulkItemRoutes(server: FastifyInstance, { sona, metrics, requestTimeoutMs, stop }: ServerParts): void {
  streamNdjsonBodies(server)
  mount(server, writeItems, async ({ body }) =>
    bulkWrite(body, {
      parse: parseItem,
      invalidRow: 'INVALID_ITEM',
      put: (rows) => sona.items.put(rows),
      onEnd: (tally) => metrics.rowsWritten('items', tally),
      partTimeoutMs: requestTimeoutMs,
      stop,
    }),
  )
}

const notFound = (): SonaError => new SonaError('ITEM_NOT_FOUND', 'No item has this id.')
