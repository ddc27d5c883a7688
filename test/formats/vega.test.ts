import { describe, expect, it } from 'vitest'
import { openVega, readVegaFilms, vegaItems } from '../../src/formats/vega.js'
import { collect, told } from './files.js'

describe('the films of vega-datasets', () => {
  it('are 3,200 items with ids of their own; one has no title', async () => {
    const { values, rejected } = await collect((await openVega()).items?.())
    expect(values).toHaveLength(3_200)
    expect(new Set(values.map(({ itemId }) => itemId)).size).toBe(3_200)
    expect(told(rejected)).toEqual(['3054: has no title'])
    expect(await readVegaFilms()).toEqual(values)
  })

  it('come with sound titles, years and ratings', async () => {
    const byId = new Map((await readVegaFilms()).map((film) => [String(film.itemId), film]))
    expect(byId.get('2046-2005')).toMatchObject({ title: '2046' })
    expect(byId.get('wilson-1944')?.releasedAt).toBe(Date.UTC(1944, 7, 1))
    expect(byId.get('the-birth-of-a-nation-1915')?.releasedAt).toBe(Date.UTC(1915, 1, 8))
    expect(byId.get('king-kong-1933')?.title).toBe('King Kong')
    expect(byId.get('leon-1994')?.title ?? byId.get('léon-1994')?.title).toBe('Léon')
    expect(byId.get('the-barbarians-1987')?.title).toBe('The Barbarians')
    expect(byId.get('wilson-1944')?.maturity).toBeUndefined()
    const years = [...byId.values()].map(({ releasedAt }) => new Date(releasedAt ?? Number.NaN).getUTCFullYear())
    expect([Math.min(...years), Math.max(...years)]).toEqual([1915, 2011])
  })

  it('tell films of one title and year apart', () => {
    const crash = { Title: 'Crash', 'Release Date': 'May 06 2005', 'Major Genre': 'Thriller/Suspense', 'IMDB Rating': 8 }
    const rows = vegaItems([crash, crash, 7, { Title: 'Bad', 'IMDB Rating': 80 }])
    expect(rows).toMatchObject([
      { value: { itemId: 'crash-2005', genres: ['thriller'] } },
      { value: { itemId: 'crash-2005-2' } },
      { problem: 'has no title' },
      { problem: 'averageRating must be at most 10' },
    ])
  })
})
