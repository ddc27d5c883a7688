import { describe, expect, it } from 'vitest'
import { similarItems } from '../../src/pipeline/similar.js'
import { along, kernels, row, worldWith } from './worlds.js'

const year = (released: number): number => Date.UTC(released, 0, 1)
const titled = (title: string, fields: object = {}) => ({ title, releasedAt: year(2000), ...fields })

describe.each(['numbers', 'bytes'] as const)('similarItems by vectors as %s', (as) => {
  function like(items: Parameters<typeof worldWith>[0]) {
    const { world, query } = worldWith(items, { exclude: [row(0)] }, as)
    const { items: found, silent } = similarItems(row(0), query, world, kernels)
    return { titles: found.map(({ item }) => items[item]!.title), found, silent }
  }

  it('orders by nearness, and names the parts that could not speak', () => {
    const { titles, silent, found } = like([
      titled('itself', { vector: along(0) }),
      titled('far', { vector: along(1, 2, 3, 0) }),
      titled('near', { vector: along(0, 1) }),
      titled('without a vector'),
    ])
    expect(titles).toEqual(['near', 'far'])
    expect(found[0]?.parts).toEqual([{ source: 'content', weight: 1, value: 1 }])
    expect(silent).toEqual(['collaborative', 'graph'])
  })

  it('leaves out the same work again: a near-equal vector, or the same title of about the same year', () => {
    const almost = along(0)
    almost[1] = 0.05
    const { titles } = like([
      titled('Alien', { vector: along(0) }),
      titled('Alien (director’s cut)', { vector: almost }),
      titled('ALIEN', { vector: along(0, 1), releasedAt: year(2001) }),
      titled('Alien', { vector: along(0, 2), releasedAt: year(1950) }),
      titled('Other', { vector: along(0, 3) }),
      titled('other', { vector: along(0, 3, 4), releasedAt: year(2000) }),
    ])
    expect(titles).toEqual(['Alien', 'Other'])
  })

  it('lets no more than four of one franchise near the top', () => {
    const saga = Array.from({ length: 7 }, (_, n) => titled(`Saga ${n}`, { franchise: 'saga', vector: along(0, 1 + n) }))
    const { titles } = like([titled('itself', { vector: along(0) }), ...saga, titled('Apart', { vector: along(0, 9, 10) })])
    expect(titles.slice(0, 5).filter((title) => title?.startsWith('Saga'))).toHaveLength(4)
    expect(titles[4]).toBe('Apart')
    expect(titles).toHaveLength(8)
  })

  it('is empty where nothing is known of the item', () => {
    const { titles, silent } = like([titled('itself'), titled('other', { vector: along(0) })])
    expect(titles).toEqual([])
    expect(silent).toEqual(['collaborative', 'graph', 'content'])
  })
})
