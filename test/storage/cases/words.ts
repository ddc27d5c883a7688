import { expect } from 'vitest'
import type { WordMatch } from '../../../src/storage/store.js'
import { type Bench, item, itemId, oddIds, type StoreCase } from '../bench.js'

export const wordCases: readonly StoreCase[] = [
  {
    name: 'finds an item by its title, by a mistyped one, in one word and without its accents',
    async check(bench) {
      await bench.store.items.put([
        item(bench.name('a'), { title: 'Zorblatt’s Quiet Évening' }),
        item(bench.name('b'), { title: 'Nothing alike' }),
      ])
      for (const query of [
        'zorblatts quiet evening',
        'ZORBLATTS',
        'zorblats quite evning',
        'zorblattsquietevening',
        'Zorblatt’s quiet…',
      ]) {
        expect(await idsFor(bench, query), query).toContain(bench.name('a'))
      }
      const [best] = await likest(bench, 'zorblatts quiet evening')
      expect(best).toMatchObject({ titleLikeness: 1, titleWithin: 1, named: 1 })
    },
  },
  {
    name: 'finds an item by people, franchise, year, genre and what its description says, whatever the form of the word',
    async check(bench) {
      await bench.store.items.put([
        item(bench.name('a'), {
          title: 'Unlike',
          cast: ['Quendolin Farbissina'],
          directors: ['Obadiah Wurzel'],
          franchise: 'Snarkverse',
          genres: ['gloomcore'],
          themes: ['lighthouses'],
          description: 'Two blorbs were grumbling at a harbour.',
          attributes: { originalTitle: 'Verschieden' },
        }),
      ])
      for (const query of [
        'farbissina',
        'obadiah wurzle',
        'snarkverse',
        'gloomcore',
        'lighthouse blorb',
        'blorb grumbles',
        'verschieden',
      ]) {
        expect(await idsFor(bench, query), query).toContain(bench.name('a'))
      }
      const [match] = (await bench.store.words.find('farbissina blorb')).filter(({ told }) => told > 0.9)
      expect(match?.named).toBeCloseTo(0.5)
      expect(match?.told).toBeCloseTo(1)
    },
  },
  {
    name: 'knows an item’s new words as soon as it is written, and none of one that is gone',
    async check(bench) {
      await bench.store.items.put([item(bench.name('a'), { title: 'Oldmoniker' })])
      await bench.store.items.put([item(bench.name('a'), { title: 'Newmoniker' })])
      expect(await idsFor(bench, 'newmoniker')).toContain(bench.name('a'))
      expect((await bench.store.words.find('oldmoniker')).filter(({ titleLikeness }) => titleLikeness === 1)).toEqual([])
      await bench.store.items.delete(itemId(bench.name('a')))
      expect(await bench.store.words.find('newmoniker')).toEqual([])
    },
  },
  {
    name: 'looks among the items it is told to, however few',
    async check(bench) {
      const items = Array.from({ length: 300 }, (_, n) =>
        item(bench.name(n), { title: `Wumbology ${n}`, description: 'wumbology' }),
      )
      const stored = await bench.store.items.put(items)
      const among = Int32Array.of(stored[299]!.itemNo, stored[7]!.itemNo)
      const found = await bench.store.words.find('wumbology', { among })
      expect(found.map(({ itemNo }) => itemNo as number).sort((a, b) => a - b)).toEqual([...among].sort((a, b) => a - b))
      expect(await bench.store.words.find('wumbology', { among: new Int32Array(0) })).toEqual([])
    },
  },
  {
    name: 'takes any text for words: operators, quotes, other scripts, control characters, half characters, a megabyte',
    async check(bench) {
      await bench.store.items.put([
        item(bench.name('cjk'), { title: '千と千尋の神隠し' }),
        item(bench.name('film'), { title: '🎬🎬' }),
        item(bench.name('dollar'), { title: '$' }),
      ])
      const awkward = [
        '',
        ' ',
        "'",
        '"a',
        "a' | 'b",
        '!a & (b',
        'a <-> b',
        ':*',
        '\\',
        "\\'",
        '%_',
        '\0\u0001',
        '\ud800',
        'a'.repeat(2 ** 20),
      ]
      for (const query of [...awkward, ...oddIds, 'word '.repeat(2 ** 18)])
        expect(await bench.store.words.find(query)).toBeInstanceOf(Array)
      expect(await idsFor(bench, '千と千尋の神隠し')).toContain(bench.name('cjk'))
      expect(await idsFor(bench, ' 🎬🎬 ')).toContain(bench.name('film'))
      expect(await idsFor(bench, '$')).toContain(bench.name('dollar'))
    },
  },
]

async function idsFor(bench: Bench, query: string): Promise<string[]> {
  const found = new Set((await bench.store.words.find(query)).map(({ itemNo }) => itemNo))
  const ids: string[] = []
  for await (const batch of bench.store.items.all()) {
    for (const { itemNo, item } of batch) if (found.has(itemNo)) ids.push(item.itemId)
  }
  return ids
}

async function likest(bench: Bench, query: string): Promise<readonly WordMatch[]> {
  return [...(await bench.store.words.find(query))].sort((a, b) => b.titleLikeness - a.titleLikeness)
}
