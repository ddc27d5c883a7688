import type { Catalogue } from '../features/catalogue.js'
import type { LabelColumn } from '../features/labels.js'
import { readTitle, type TitleReading } from './titles.js'

/** Titles that tell one story, or one world's, in the order to watch them. */
export interface Franchise {
  /** What the catalogue calls it, else the words its titles share. */
  readonly name: string
  /** Rows of the catalogue. */
  readonly rows: readonly number[]
}

/** Stems of more words than this are not looked for inside other titles. */
const LONGEST_STEM = 6
/** A stem or first word that more titles than this share is a word of the trade ("Episode 12"), and comparing all pairs takes for ever. */
const LARGEST_GROUP = 30
/** Words with which a title goes on from another: "Batman Returns". */
const goingOn = new Set(
  'return forever again strike ride back begin reloaded revolution rise revenge beyond continue meet goe next sequel'.split(' '),
)
const small = new Set('the a an of and in on to at for from with my your his her its our is it i ii you me'.split(' '))

/**
 * Franchises by what the catalogue says (franchise, series) and by titles. Titles belong together when
 *
 *   one stem       "Alien", "Aliens", "Alien³", "Alien: Resurrection": same stem, and a part, a subtitle or a plural tells them apart
 *   it begins so   "Batman Returns" begins with all of "Batman"
 *   it holds it    "The Lost World: Jurassic Park" holds all of "Jurassic Park", two telling words or more
 *   it starts alike  "Escape from New York", "Escape from L.A.": the first word, and people of theirs
 *
 * and, beyond the title, when metadata does not speak against it: a common genre where both have any, and for short stems a common
 * actor or director. Two films of exactly one title are a remake, or one film twice: no sequel.
 */
export function findFranchises(catalogue: Catalogue): readonly Franchise[] {
  const titles = catalogue.titles.map(readTitle)
  const groups = createGroups(catalogue.count)
  for (const column of [catalogue.labels.franchise, catalogue.labels.seriesId]) {
    for (const rows of rowsByCode(column)) for (const row of rows.slice(1)) groups.join(rows[0], row)
  }
  const evidence = createEvidence(catalogue)
  const byStem = new Map<string, number[]>()
  titles.forEach(({ stem }, row) => {
    if (stem.length > 0 && stem.length <= LONGEST_STEM) gather(byStem, stem.join(' '), row)
  })
  for (const [stem, rows] of byStem) if (rows.length > LARGEST_GROUP) byStem.delete(stem)
  for (const rows of byStem.values()) joinOneStem(rows, titles, catalogue, evidence, groups)
  for (const [row, title] of titles.entries()) joinHolders(row, title, byStem, titles, evidence, groups)
  joinAlike(titles, evidence, groups)
  return groups
    .all()
    .filter((rows) => rows.length > 1)
    .map((rows) => ({ name: nameOf(rows, titles, catalogue), rows: inOrder(rows, titles, catalogue) }))
}

interface Groups {
  join(a: number, b: number): void
  all(): number[][]
}

/** Disjoint sets (union by the lower row). */
function createGroups(count: number): Groups {
  const parent = Uint32Array.from({ length: count }, (_, row) => row)
  const rootOf = (row: number): number => {
    let root = row
    while (parent[root] !== root) root = parent[root]
    while (parent[row] !== root) [row, parent[row]] = [parent[row], root]
    return root
  }
  return {
    join(a, b) {
      const [low, high] = [rootOf(a), rootOf(b)].sort((x, y) => x - y)
      parent[high] = low
    },
    all() {
      const sets = new Map<number, number[]>()
      for (let row = 0; row < count; row++) {
        const root = rootOf(row)
        const set = sets.get(root)
        if (set === undefined) sets.set(root, [row])
        else set.push(row)
      }
      return [...sets.values()]
    },
  }
}

/** What metadata says of two rows belonging together. */
interface Evidence {
  /** Of one kind, and with a genre in common if both have any. */
  mayBelong(a: number, b: number): boolean
  /** Half of their genres in common, or a person. */
  areAlike(a: number, b: number): boolean
  sharedActors(a: number, b: number): number
  sharedDirectors(a: number, b: number): number
  /** Whether b was released after a, or one of the two dates is unknown. */
  mayFollow(b: number, a: number): boolean
}

function createEvidence({ labels, numbers }: Catalogue): Evidence {
  const size = ({ start }: LabelColumn, row: number): number => start[row + 1] - start[row]
  return {
    mayBelong: (a, b) =>
      numbers.kind[a] === numbers.kind[b] &&
      (size(labels.genres, a) === 0 || size(labels.genres, b) === 0 || shared(labels.genres, a, b) > 0),
    areAlike: (a, b) =>
      2 * shared(labels.genres, a, b) >= Math.min(size(labels.genres, a), size(labels.genres, b)) ||
      shared(labels.cast, a, b) + shared(labels.directors, a, b) > 0,
    sharedActors: (a, b) => shared(labels.cast, a, b),
    sharedDirectors: (a, b) => shared(labels.directors, a, b),
    mayFollow: (b, a) => !(numbers.releasedAt[b] < numbers.releasedAt[a]),
  }
}

function shared({ start, codes }: LabelColumn, a: number, b: number): number {
  let count = 0
  for (let at = start[a]; at < start[a + 1]; at++) {
    for (let other = start[b]; other < start[b + 1]; other++) if (codes[at] === codes[other]) count++
  }
  return count
}

function joinOneStem(
  rows: readonly number[],
  titles: readonly TitleReading[],
  { titles: texts }: Catalogue,
  evidence: Evidence,
  groups: Groups,
): void {
  rows.forEach((a, at) => {
    for (const b of rows.slice(at + 1)) {
      const isNumbered = titles[a].part !== titles[b].part
      const isNamed = (titles[a].hasSubtitle || titles[b].hasSubtitle) && titles[a].words.join() !== titles[b].words.join()
      const isOneTitle = titles[a].words.join() === titles[b].words.join()
      const isPluralSequel = isOneTitle && isPlural(texts[a], texts[b]) && evidence.areAlike(a, b)
      const isConvincing = isNumbered || tellingWords(titles[a].stem) > 1 || evidence.areAlike(a, b)
      if ((isNumbered || isNamed || isPluralSequel) && isConvincing && evidence.mayBelong(a, b)) groups.join(a, b)
    }
  })
}

const isPlural = (a: string, b: string): boolean => a.endsWith('s') !== b.endsWith('s') && Math.abs(a.length - b.length) === 1

/** Joins a title to those whose whole stem it begins with, or holds further on. */
function joinHolders(
  row: number,
  { words, stem, hasSubtitle }: TitleReading,
  byStem: ReadonlyMap<string, readonly number[]>,
  titles: readonly TitleReading[],
  evidence: Evidence,
  groups: Groups,
): void {
  for (let from = 0; from < words.length; from++) {
    for (let to = from + 1; to <= Math.min(words.length, from + LONGEST_STEM); to++) {
      if (from === 0 && to >= stem.length && !(to > stem.length && hasSubtitle)) continue
      const piece = words.slice(from, to)
      for (const other of byStem.get(piece.join(' ')) ?? []) {
        if (other === row || titles[other].hasSubtitle || !evidence.mayBelong(other, row) || !evidence.mayFollow(row, other))
          continue
        const telling = tellingWords(piece)
        const goesOn = goingOn.has(words[to] ?? '') || evidence.sharedActors(other, row) > 1
        if (telling > 1 || (from === 0 && telling === 1 && goesOn)) groups.join(other, row)
      }
    }
  }
}

/** Joins titles with one first word, one director and an actor in common. */
function joinAlike(titles: readonly TitleReading[], evidence: Evidence, groups: Groups): void {
  const byFirst = new Map<string, number[]>()
  titles.forEach(({ words }, row) => {
    const [first = ''] = words
    if (tellingWords([first]) > 0) gather(byFirst, first, row)
  })
  for (const rows of byFirst.values()) {
    if (rows.length > LARGEST_GROUP) continue
    rows.forEach((a, at) => {
      for (const b of rows.slice(at + 1)) {
        const isOneTitle = titles[a].words.join() === titles[b].words.join()
        if (!isOneTitle && evidence.sharedDirectors(a, b) > 0 && evidence.sharedActors(a, b) > 0) groups.join(a, b)
      }
    })
  }
}

function gather(rows: Map<string, number[]>, key: string, row: number): void {
  const known = rows.get(key)
  if (known === undefined) rows.set(key, [row])
  else known.push(row)
}

const tellingWords = (words: readonly string[]): number => words.filter((word) => word.length > 2 && !small.has(word)).length

function nameOf(rows: readonly number[], titles: readonly TitleReading[], { labels }: Catalogue): string {
  const { start, codes, names } = labels.franchise
  for (const row of rows) if (start[row + 1] > start[row]) return names[codes[start[row]]]
  const [shortest = []] = rows
    .map((row) => titles[row].stem)
    .sort((a, b) => a.length - b.length || (a.join() < b.join() ? -1 : 1))
  return shortest.join(' ')
}

/** By season and episode, by release, by part; what does not say comes by row. */
function inOrder(rows: readonly number[], titles: readonly TitleReading[], { numbers }: Catalogue): number[] {
  const compare = (a: number, b: number): number =>
    difference(numbers.season[a], numbers.season[b]) ||
    difference(numbers.episode[a], numbers.episode[b]) ||
    difference(yearOf(numbers.releasedAt[a]), yearOf(numbers.releasedAt[b])) ||
    difference(titles[a].part ?? 1, titles[b].part ?? 1) ||
    difference(numbers.releasedAt[a], numbers.releasedAt[b]) ||
    a - b
  return [...rows].sort(compare)
}

const yearOf = (ms: number): number => (Number.isNaN(ms) ? ms : new Date(ms).getUTCFullYear())
/** 0 where either is unknown. */
const difference = (a: number, b: number): number => (Number.isNaN(a - b) ? 0 : a - b)

/** The rows of each word of a column. */
function rowsByCode({ start, codes, names }: LabelColumn): number[][] {
  const rows: number[][] = names.map(() => [])
  for (let row = 0; row + 1 < start.length; row++) for (let at = start[row]; at < start[row + 1]; at++) rows[codes[at]].push(row)
  return rows.filter((each) => each.length > 0)
}
