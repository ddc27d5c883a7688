import { expect } from 'vitest'
import { createCatalogue } from '../../../src/features/catalogue.js'
import { createDatasetBuilder } from '../../../src/features/dataset-builder.js'
import { buildContentGraph } from '../../../src/graph/build.js'
import { type ContentGraph, createEdgeList } from '../../../src/graph/content-graph.js'
import type { GraphWalk, GraphWalkOptions } from '../../../src/storage/store.js'
import { type Bench, item, itemId, type StoreCase } from '../bench.js'

const wide: GraphWalkOptions = { depth: 2, kinds: [], limit: 1000 }

export const graphCases: readonly StoreCase[] = [
  {
    name: 'ties an item to what its fields say as soon as it is written, changed and deleted',
    async check(bench) {
      const { store, name } = bench
      const [alien, runner] = [name('alien'), name('runner')]
      const director = name('Scott')
      await store.items.put([item(alien, { directors: [director], genres: [name('horror')], seriesId: itemId(name('series')) })])
      expect(await around(bench, alien, { ...wide, depth: 1 })).toEqual([
        `SAME_FRANCHISE franchise ${name('series')}`,
        `SAME_DIRECTOR person/director ${director}`,
        `SAME_GENRE genre ${name('horror')}`,
      ])
      await store.items.put([item(runner, { directors: [director], cast: [director] })])
      expect(await around(bench, alien, wide)).toContain(`SAME_DIRECTOR SAME_DIRECTOR item Title of ${runner}`)
      await store.items.put([item(runner, { cast: [director] })])
      expect(await around(bench, alien, wide)).not.toContain(`SAME_DIRECTOR SAME_DIRECTOR item Title of ${runner}`)
      await store.items.put([item(runner, { directors: [director] })])
      await store.items.delete(itemId(runner))
      expect(await around(bench, alien, wide)).not.toContain(`SAME_DIRECTOR SAME_DIRECTOR item Title of ${runner}`)
      expect(await store.graph.walk(itemId(runner), wide)).toBeUndefined()
    },
  },
  {
    name: 'ties items to the same things as the graph that is trained',
    async check(bench) {
      const ids = [bench.name('one'), bench.name('two')]
      const cast = Array.from({ length: 15 }, (_, n) => bench.name(`actor ${n}`))
      const fields = {
        cast,
        directors: [cast[0]!],
        genres: ['drama'],
        themes: ['sea'],
        countries: ['FR'],
        franchise: bench.name('F'),
      }
      const stored = await bench.store.items.put([item(ids[0]!, fields), item(ids[1]!)])
      const catalogue = createCatalogue(stored.map(({ itemNo, item }) => ({ itemNo, item })))
      const data = createDatasetBuilder(catalogue.itemNos).build({ asOfDay: 1 })
      const { hubs } = buildContentGraph(data, catalogue)
      const trained = hubs.map(({ kind, role, name }) => `${kind}${role === undefined ? '' : `/${role}`} ${name}`)
      const written = (await around(bench, ids[0]!, { ...wide, depth: 1 })).map((line) => line.slice(line.indexOf(' ') + 1))
      expect(written.sort()).toEqual(trained.sort())
    },
  },
  {
    name: 'puts what training found in place of what it found before, and leaves metadata alone',
    async check(bench) {
      const { store, name } = bench
      const ids = ['a', 'b', 'c'].map((id) => name(id))
      const stored = await store.items.put(ids.map((id) => item(id, { genres: [name('genre')] })))
      const itemNos = Int32Array.from(stored, ({ itemNo }) => itemNo)
      await store.graph.replaceDerived(
        graphOf(itemNos, [
          [0, 1],
          [1, 2],
        ]),
      )
      expect(await around(bench, ids[0]!, { ...wide, kinds: ['CO_WATCHED'] })).toEqual([
        `CO_WATCHED item Title of ${ids[1]}`,
        `CO_WATCHED CO_WATCHED item Title of ${ids[2]}`,
      ])
      await store.graph.replaceDerived(graphOf(itemNos, [[0, 2]]))
      expect(await around(bench, ids[0]!, { ...wide, depth: 1 })).toEqual([
        `CO_WATCHED item Title of ${ids[2]}`,
        `SAME_GENRE genre ${name('genre')}`,
      ])
    },
  },
  {
    name: 'walks a circle and a star to their end, each node once, by the shortest path',
    async check(bench) {
      const { store, name } = bench
      const ids = Array.from({ length: 30 }, (_, n) => name(n))
      const stored = await store.items.put(ids.map((id) => item(id)))
      const itemNos = Int32Array.from(stored, ({ itemNo }) => itemNo)
      const circle = [
        [0, 1],
        [1, 2],
        [2, 0],
      ] as const
      const star = Array.from({ length: 27 }, (_, n) => [3 + n, 2] as const)
      await store.graph.replaceDerived(graphOf(itemNos, [...circle, ...star], 'SIMILAR_TO'))
      const walk = await store.graph.walk(itemId(ids[0]!), wide)
      expect(walk?.reached.map(({ node }) => node.itemId).sort()).toEqual(ids.slice(1).sort())
      expect(walk?.reached.slice(0, 2).map(({ depth }) => depth)).toEqual([1, 1])
      for (const { path, depth, strength } of walk?.reached ?? []) {
        expect(path).toHaveLength(depth)
        expect(new Set(path.map(({ node }) => node.itemId)).size).toBe(depth)
        expect(strength).toBeCloseTo(
          path.reduce((product, { weight }) => product * weight, 1),
          5,
        )
      }
    },
  },
  {
    name: 'leaves out of a walk items that are gone, also when training still knew them',
    async check(bench) {
      const { store, name } = bench
      const ids = [name('here'), name('gone')]
      const stored = await store.items.put(ids.map((id) => item(id)))
      await store.items.delete(itemId(ids[1]!))
      await store.graph.replaceDerived(
        graphOf(
          Int32Array.from(stored, ({ itemNo }) => itemNo),
          [
            [0, 1],
            [1, 0],
          ],
        ),
      )
      expect(await around(bench, ids[0]!, wide)).toEqual([])
    },
  },
]

/** What a walk reaches, a line each: the edges, the kind of node, its name. */
async function around({ store }: Bench, id: string, options: GraphWalkOptions): Promise<string[]> {
  return linesOf(await store.graph.walk(itemId(id), options))
}

function linesOf(walk: GraphWalk | undefined): string[] {
  return (walk?.reached ?? []).map(({ node: { kind, role, name }, path }) =>
    [...path.map((step) => step.kind), role === undefined ? kind : `${kind}/${role}`, name].join(' '),
  )
}

/** A graph of edges from events, 0.5 each, between items by place. */
function graphOf(
  itemNos: Int32Array,
  edges: readonly (readonly [number, number])[],
  kind: 'CO_WATCHED' | 'SIMILAR_TO' = 'CO_WATCHED',
): ContentGraph {
  const list = createEdgeList()
  for (const [from, to] of edges) list.add(kind, 'events', from, to, 0.5)
  return { itemNos, hubs: [], edges: list.build() }
}
