import { describe, expect, it } from 'vitest'
import { itemIndex } from '../../src/domain/ids.js'
import type { Query } from '../../src/domain/query.js'
import type { Ranked } from '../../src/domain/recommendation.js'
import { diversity } from '../../src/rules/diversity.js'
import { rowVectorsOver } from '../../src/world/row-vectors.js'
import type { World } from '../../src/world/visit.js'
import { catalogueOf, itemWith } from '../catalogue-of.js'

const catalogue = catalogueOf(...['a', 'b', 'c', 'd'].map((itemId) => itemWith({ itemId })))
const vectors = rowVectorsOver({
  version: 'by hand',
  dimensions: 2,
  // a and b are the same, c stands at a right angle, d has no vector
  rows: Float32Array.of(1, 0, 1, 0, 0, 1, Number.NaN, Number.NaN),
})
const [a, b, c, d] = [0, 1, 2, 3]

const ranked = (...scores: readonly (readonly [row: number, score: number])[]): Ranked[] =>
  scores.map(([row, score]) => ({ item: itemIndex(row), score, parts: [] }))
const world = (known = true): World => ({ snapshot: { catalogue, ...(known && { vectors }) } }) as unknown as World
const query = (count: number): Query => ({ count, context: {}, kinds: [], exclude: [], reasons: false })
const orderOf = (list: readonly Ranked[]): number[] => list.map(({ item }) => item)

describe('diversity', () => {
  it('puts what is unlike before what is a little better', () => {
    // relevance 1, 0.9, 0.5, 0: after a, b is worth 0.7·0.9 − 0.3·1 = 0.33, c 0.7·0.5 = 0.35
    const list = ranked([a, 10], [b, 9], [c, 5], [d, 0])
    expect(orderOf(diversity(0.7).apply(query(4), list, world()))).toEqual([a, c, b, d])
  })

  it('leaves the order alone at λ = 1, and without vectors', () => {
    const list = ranked([a, 10], [b, 9], [c, 5], [d, 0])
    expect(orderOf(diversity(1).apply(query(4), list, world()))).toEqual([a, b, c, d])
    expect(diversity(0).apply(query(4), list, world(false))).toBe(list)
  })

  it('takes a title without a vector for unlike everything', () => {
    const list = ranked([a, 10], [b, 9], [d, 5])
    expect(orderOf(diversity(0.5).apply(query(3), list, world()))).toEqual([a, d, b])
  })

  it('keeps every title once, also those beyond its pool', () => {
    const list = ranked([a, 4], [b, 4], [c, 4], [d, 4], [a, 3], [b, 3])
    const out = diversity(0.5).apply(query(1), list, world())
    expect(out).toHaveLength(6)
    expect(orderOf(out).sort()).toEqual(orderOf(list).sort())
    expect(out[0]).toBe(list[0])
  })
})
