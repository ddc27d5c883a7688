import type { Database } from './database.js'
import type { WordMatch, WordStore } from './store.js'
import { type MatchRow, type QueryWord, selectFrequencies, selectMatches, selectPlain, selectWords } from './words-statements.js'

/** Characters of a query that are looked at; a longer one says by its first words what it is about. */
const MOST_CHARACTERS = 1_000
/** How long the count of the catalogue's words is taken to be true. */
const RECOUNT_MS = 600_000
/** Share of the items that have a word which is not among the thousand or so most common: at most this. */
const RARE = 5e-4
/** What a word tells that English does without, or that asks for a film rather than describes one. */
const FILLER = 0.1

/**
 * PostgreSQL's full text and trigrams in two round trips: what the words are (and what the mistyped ones were meant to be), then which
 * items have them.
 */
export function wordStore(database: Database): WordStore {
  let counted: { readonly at: number; readonly shares: Promise<ReadonlyMap<string, number>> } | undefined

  /** The share of items that have a stem, for the common ones. */
  function shares(): Promise<ReadonlyMap<string, number>> {
    const now = performance.now()
    if (counted === undefined || now - counted.at > RECOUNT_MS) {
      counted = { at: now, shares: readShares(database) }
      counted.shares.catch(() => {
        counted = undefined
      })
    }
    return counted.shares
  }

  return {
    async find(query, { among } = {}) {
      const text = query.slice(0, MOST_CHARACTERS).replaceAll('\0', ' ')
      const [plain, words, common] = await Promise.all([
        database.query<{ plain: string }>(selectPlain(text)),
        database.query<QueryWord>(selectWords(text)),
        shares(),
      ])
      const rows = await database.query<MatchRow>(selectMatches(plain[0]!.plain, words, common, among))
      const weights = words.map((word) => rarity(word, common))
      return rows.map((row) => matchOf(row, words, weights))
    },
  }
}

async function readShares(database: Database): Promise<ReadonlyMap<string, number>> {
  const rows = await database.query<{ stem: string; share: number }>(selectFrequencies())
  return new Map(rows.map(({ stem, share }) => [stem, share]))
}

/** −ln of the share of items that have the word, as in tf–idf: a word that few items have tells more. */
function rarity({ stem, filler }: QueryWord, common: ReadonlyMap<string, number>): number {
  if (stem === null || filler) return FILLER
  return -Math.log(Math.min(0.9, Math.max(RARE, common.get(stem) ?? RARE)))
}

function matchOf(row: MatchRow, words: readonly QueryWord[], weights: readonly number[]): WordMatch {
  const whole = weights.reduce((sum, weight) => sum + weight, 0)
  const share = (has: readonly boolean[]): number =>
    whole === 0 ? 0 : weights.reduce((sum, weight, at) => sum + (has[at] === true ? weight * words[at]!.likeness : 0), 0) / whole
  return {
    itemNo: row.item_no,
    titleLikeness: row.title_likeness,
    titleWithin: row.title_within,
    named: share(row.named),
    told: share(row.told.map((told, at) => told || row.named[at] === true)),
    rank: row.rank,
  }
}
