import { existsSync, readFileSync } from 'node:fs'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { Item } from '../../src/domain/item.js'
import { openSource } from '../../src/formats/source.js'
import { findFranchises } from '../../src/graph/franchises.js'
import { readTitle } from '../../src/graph/titles.js'
import { corpusFromFeed } from '../../src/jobs/corpus.js'
import { catalogueOf, itemWith } from '../catalogue-of.js'

describe('a title', () => {
  it.each([
    ['The Godfather: Part II', 'godfather', 2, false],
    ['Star Trek VI: The Undiscovered Country', 'star trek', 6, true],
    ['Star Wars: Episode IV - A New Hope', 'star war', 4, true],
    ['Alien³', 'alien', 3, false],
    ['Jaws 3-D', 'jaw', 3, false],
    ['Back to the Future Part Three', 'back to the future', 3, false],
    ['Batman & Robin', 'batman and robin', undefined, false],
    ['Crow, The: City of Angels', 'crow', undefined, true],
    ['Blues Brothers 2000', 'blue brother', undefined, false],
    ['1984', '1984', undefined, false],
    ['X', 'x', undefined, false],
    ['!?', '', undefined, false],
  ])('%s has its stem, part and subtitle', (title, stem, part, hasSubtitle) => {
    const reading = readTitle(title)
    expect([reading.stem.join(' '), reading.part, reading.hasSubtitle]).toEqual([stem, part, hasSubtitle])
  })
})

describe('franchises', () => {
  it('are in order of release, whatever the order of the catalogue', () => {
    expect(found(film('Alien³', 1992), film('Alien', 1979), film('Aliens', 1986), film('Heat', 1995))).toEqual([
      ['Alien', 'Aliens', 'Alien³'],
    ])
  })

  it('hold titles that begin with the first, or hold it', () => {
    expect(found(film('Batman', 1989), film('Batman Returns', 1992))).toHaveLength(1)
    expect(found(film('Jurassic Park', 1993), film('The Lost World: Jurassic Park', 1997))).toHaveLength(1)
  })

  it('are not made of one word that two titles happen to share, nor of a remake, nor of two kinds of genre', () => {
    expect(found(film('Fall', 1997), film('Fall Time', 1995))).toEqual([])
    expect(found(film('Father of the Bride', 1950), film('Father of the Bride', 1991))).toEqual([])
    expect(found(film('Mission', 1986, ['drama']), film('Mission 2', 1996, ['action']))).toEqual([])
  })

  it('are what the catalogue says, by its own name', () => {
    const catalogue = catalogueOf(
      itemWith({ itemId: 'a', title: 'First Blood', franchise: 'Rambo' }),
      itemWith({ itemId: 'b', title: 'Something Else', franchise: 'Rambo' }),
    )
    expect(findFranchises(catalogue)).toEqual([{ name: 'Rambo', rows: [0, 1] }])
  })
})

const data = new URL('../../../shared/data/', import.meta.url)

describe.skipIf(!existsSync(new URL('ml-100k/ml-100k.link', data)))('on the 57 sequels that Freebase knows', () => {
  it('finds 40 of them by titles alone, and of what it finds there 97 % are true', async () => {
    const { items, catalogue } = await corpusFromFeed(
      await openSource(`movielens:${new URL('ml-1m', data).pathname}`, { now: 0 }),
      0,
    )
    const { truth, linked } = freebase()
    expect(truth.size).toBe(57)
    const idOf = (row: number) => items[row]!.item.itemId
    const pairs = findFranchises(catalogue).flatMap(({ rows }) =>
      rows.slice(1).map((row, at) => `${idOf(rows[at]!)} ${idOf(row)}`),
    )
    const named = new Set([...truth].flatMap((pair) => pair.split(' ')))
    // Freebase can only judge pairs of films that it has, and of which it says anything at all.
    const judged = pairs.filter(
      (pair) => pair.split(' ').every((id) => linked.has(id)) && pair.split(' ').some((id) => named.has(id)),
    )
    const hits = judged.filter((pair) => truth.has(pair)).length
    console.log(
      `sequels: recall ${hits}/${truth.size} = ${(hits / truth.size).toFixed(3)}, precision ${hits}/${judged.length} = ${(hits / judged.length).toFixed(3)}`,
    )
    expect(hits / truth.size).toBeGreaterThan(0.68)
    expect(hits / judged.length).toBeGreaterThan(0.95)
  })
})

/** Freebase's sequels by MovieLens id. The ids of ml-100k.link are those of ml-1m and the later sets (260 is Star Wars), not ml-100k's own. */
function freebase(): { readonly truth: ReadonlySet<string>; readonly linked: ReadonlySet<string> } {
  const lines = (bytes: Buffer) => bytes.toString('utf8').split('\n')
  const idOf = new Map(
    lines(readFileSync(new URL('ml-100k/ml-100k.link', data)))
      .slice(1)
      .flatMap((line) => (line === '' ? [] : [[line.split('\t')[1]!.trim(), line.split('\t')[0]!] as const])),
  )
  const truth = new Set<string>()
  for (const line of lines(gunzipSync(readFileSync(new URL('ml-100k/ml-100k.kg.gz', data))))) {
    const [head = '', relation, tail = ''] = line.trim().split('\t')
    const [first, second] = relation === 'film.film.sequel' ? [head, tail] : relation === 'film.film.prequel' ? [tail, head] : []
    if (first !== undefined && second !== undefined && idOf.has(first) && idOf.has(second))
      truth.add(`${idOf.get(first)} ${idOf.get(second)}`)
  }
  return { truth, linked: new Set(idOf.values()) }
}

function film(title: string, year: number, genres: readonly string[] = ['horror']): Item {
  return itemWith({ itemId: `${title} ${year}`, title, genres, releasedAt: Date.UTC(year, 0, 1) })
}

function found(...films: Item[]): string[][] {
  return findFranchises(catalogueOf(...films)).map(({ rows }) => rows.map((row) => films[row]!.title))
}
