import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import { relations } from '../../src/domain/relation.js'
import { communitiesOf } from '../../src/graph/communities.js'
import { type ContentGraph, createEdgeList, type EdgeKind } from '../../src/graph/content-graph.js'
import { pathTo } from '../../src/graph/paths.js'
import { pushWalk, type RelationWeights, transitionsOf } from '../../src/graph/walk.js'
import { createArena } from '../../src/math/memory.js'

const even = Object.fromEntries(relations.map((relation) => [relation, 1])) as RelationWeights
const only = (...names: string[]): RelationWeights =>
  Object.fromEntries(relations.map((relation) => [relation, names.includes(relation) ? 1 : 0])) as RelationWeights

describe('the transitions', () => {
  it('leave an item by its edges’ shares, a hub evenly, and a sequel both ways', () => {
    const graph = graphOf(3, 1, [
      ['SIMILAR_TO', 0, 1, 0.6],
      ['SIMILAR_TO', 0, 2, 0.2],
      ['SEQUEL_OF', 2, 1, 1],
      ['SAME_GENRE', 0, 3, 1],
      ['SAME_GENRE', 2, 3, 1],
    ])
    const matrix = dense(graph, only('same-audience', 'sequel', 'same-genre'))
    expect(matrix[0]).toEqual([0, 0.25, 0.0833, 0.3333])
    expect(matrix[1]).toEqual([0, 0, 0.3333, 0])
    expect(matrix[2]).toEqual([0, 0.3333, 0, 0.3333])
    expect(matrix[3]).toEqual([0.5, 0, 0.5, 0])
  })

  it('never sum to more than 1', () => {
    for (const row of dense(randomGraph(), even)) expect(row.reduce((a, b) => a + b, 0)).toBeLessThanOrEqual(1.001)
  })
})

describe('the pushed walk', () => {
  it('is the sum of powers of the matrix, as the slow way computes it', () => {
    const matrix = dense(randomGraph(), even, 9)
    for (const hops of [1, 2, 3]) {
      const expected = slowWalk(matrix, [1, 4], [0.5, 1], 0.2, 0.4, hops)
      const mass = walk(randomGraph(), [1, 4], [0.5, 1], hops)
      for (const [node, value] of mass.entries()) expect(value).toBeCloseTo(expected[node]!, 5)
    }
  })

  it('ends on a circle, and says nothing without edges', () => {
    const circle = graphOf(3, 0, [
      ['SIMILAR_TO', 0, 1, 1],
      ['SIMILAR_TO', 1, 2, 1],
      ['SIMILAR_TO', 2, 0, 1],
    ])
    expect([...walk(circle, [0], [1], 50)].every(Number.isFinite)).toBe(true)
    expect([...walk(graphOf(3, 0, []), [0], [1], 3)]).toEqual([0, 0, 0])
  })

  it('goes through the middle of a star to each of its ends alike', () => {
    const star = graphOf(
      5,
      1,
      [0, 1, 2, 3, 4].map((item) => ['SAME_GENRE', item, 5, 1] as const),
    )
    const mass = walk(star, [0], [1], 2)
    expect(new Set(mass.slice(1, 5)).size).toBe(1)
    expect(mass[1]).toBeGreaterThan(0)
  })
})

describe('a path', () => {
  const graph = graphOf(4, 2, [
    ['CO_WATCHED', 0, 1, 0.9],
    ['SAME_DIRECTOR', 0, 4, 1],
    ['SAME_DIRECTOR', 1, 4, 1],
    ['SAME_GENRE', 2, 5, 1],
    ['SAME_GENRE', 1, 5, 1],
    ['CO_WATCHED', 1, 3, 0.5],
  ])
  const transitions = transitionsOf(graph, even)
  const path = (items: number[], item: number) =>
    pathTo(transitions, 4, { items: Uint32Array.from(items), weights: new Float32Array(items.length).fill(1) }, item)

  it('tells what explains most: one director rather than that many watched both, or one genre', () => {
    expect(path([2, 0], 1)).toEqual({ entry: 1, steps: [{ relation: 'same-director' }] })
  })

  it('goes through another item where there is no shorter one, and is none where there is none', () => {
    expect(path([0], 3)).toEqual({ entry: 0, steps: [{ relation: 'watched-next', via: 1 }, { relation: 'watched-next' }] })
    expect(path([3], 0)).toBeUndefined()
    expect(path([1], 1)).toBeUndefined()
  })
})

describe('communities', () => {
  it('tell two cliques apart, leave a lonely item out, and are the same again', () => {
    const clique = (from: number) =>
      [0, 1, 2, 3].flatMap((a) => [0, 1, 2, 3].filter((b) => b !== a).map((b) => ['SIMILAR_TO', from + a, from + b, 1] as const))
    const graph = graphOf(9, 0, [...clique(0), ...clique(4), ['SIMILAR_TO', 0, 4, 0.1]])
    const found = communitiesOf(graph, 1, createRandom(7))
    expect(new Set(found.slice(0, 4)).size).toBe(1)
    expect(new Set(found.slice(4, 8)).size).toBe(1)
    expect(found[0]).not.toBe(found[4])
    expect(found[8]).toBe(-1)
    expect(communitiesOf(graph, 1, createRandom(7))).toEqual(found)
    expect([...communitiesOf(graphOf(2, 0, []), 1, createRandom(7))]).toEqual([-1, -1])
  })
})

type Edge = readonly [kind: EdgeKind, from: number, to: number, weight: number]

function graphOf(items: number, hubs: number, edges: readonly Edge[]): ContentGraph {
  const list = createEdgeList()
  for (const [kind, from, to, weight] of edges) list.add(kind, to >= items ? 'metadata' : 'events', from, to, weight)
  return {
    itemNos: Int32Array.from({ length: items }, (_, item) => item),
    hubs: Array.from({ length: hubs }, (_, hub) => ({ kind: 'genre' as const, name: `hub ${hub}` })),
    edges: list.build(),
  }
}

function randomGraph(): ContentGraph {
  const random = createRandom('walk')
  const edges: Edge[] = []
  for (let item = 0; item < 8; item++) {
    for (let n = 0; n < 3; n++) edges.push(['SIMILAR_TO', item, random.below(8), random.next()])
    edges.push(['CO_WATCHED', item, random.below(8), random.next() / 2], ['SAME_CAST', item, 8 + random.below(3), 1])
  }
  return graphOf(8, 3, edges)
}

function dense(graph: ContentGraph, weights: RelationWeights, digits = 4): number[][] {
  const { rows, start, index, value } = transitionsOf(graph, weights)
  return Array.from({ length: rows }, (_, row) => {
    const out = new Array<number>(rows).fill(0)
    for (let at = start[row]!; at < start[row + 1]!; at++) out[index[at]!] = Number(value[at]!.toFixed(digits))
    return out
  })
}

function walk(graph: ContentGraph, items: number[], weights: number[], hops: number): Float32Array {
  const transitions = transitionsOf(graph, even)
  const out = new Float32Array(transitions.rows)
  const seeds = { items: Uint32Array.from(items), weights: Float32Array.from(weights) }
  pushWalk(transitions, seeds, { restart: 0.2, hopDecay: 0.4, hops, tolerance: 0 }, out, createArena(2 ** 20))
  return out
}

function slowWalk(
  matrix: number[][],
  items: number[],
  weights: number[],
  restart: number,
  hopDecay: number,
  hops: number,
): number[] {
  let mass = matrix.map((_, node) => items.reduce((sum, item, k) => sum + (item === node ? weights[k]! : 0), 0))
  const out = matrix.map(() => 0)
  for (let hop = 1; hop <= hops; hop++) {
    mass = matrix.map((_, to) => mass.reduce((sum, value, from) => sum + value * matrix[from]![to]!, 0))
    mass.forEach((value, node) => {
      out[node]! += (1 - restart) ** hop * hopDecay ** (hop - 1) * value
    })
  }
  return out
}
