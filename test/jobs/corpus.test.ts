import { describe, expect, it } from 'vitest'
import type { Feed } from '../../src/formats/feed.js'
import type { Metadata } from '../../src/formats/metadata.js'
import { corpusFromFeed } from '../../src/jobs/corpus.js'
import { itemWith } from '../catalogue-of.js'

const row = <T>(value: T) => ({ file: 'films', line: 1, value })
const feed: Feed = {
  title: 'two films',
  notes: [],
  async *items() {
    yield [row(itemWith({ itemId: 'alien', title: 'Alien' })), row(itemWith({ itemId: 'heat', title: 'Heat' }))]
  },
}
const knowing = (title: string, themes: readonly string[], directors: readonly string[]): Metadata => ({
  title: 'a collection',
  enrich: (item) =>
    item.title === title ? { ...item, themes, directors: item.directors.length > 0 ? item.directors : directors } : undefined,
})

describe('a corpus from files', () => {
  it('joins what collections know of its items, the first with the first word', async () => {
    const collections = [knowing('Alien', ['space'], ['Ridley Scott']), knowing('Alien', ['horror'], ['somebody else'])]
    const { items, catalogue } = await corpusFromFeed(feed, 0, collections)
    expect(items.map(({ item }) => [item.title, item.themes, item.directors])).toEqual([
      ['Alien', ['horror'], ['Ridley Scott']],
      ['Heat', [], []],
    ])
    expect(catalogue.labels.directors.names).toEqual(['Ridley Scott'])
  })
})
