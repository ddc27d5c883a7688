/**
 * How well and how fast search answers, on Wikipedia's films and the judged queries of search-queries.json.
 *
 *   sona import wikipedia <dir> --home <home>;  sona encoders train|add …;  sona encoders run
 *   tsx bench/search.ts --home <home> | --database <url>  [--encoder <dir>] [--rounds 5] [--tune]
 *
 * A query counts as answered when the first ten hold a film that it names by fact: of `items` any, of `people` one in whose cast or
 * text all of them stand. Ways of answering, on the same queries:
 *
 *   full text      PostgreSQL's websearch_to_tsquery and ts_rank, all words needed: what a catalogue has without Sona
 *   any word       the same with any of the words enough, ranked
 *   words          Sona's words alone: corrected, weighed, bounded
 *   meaning        the vectors alone
 *   search         both, as GET /v1/search has them
 *   reciprocal     both, by reciprocal ranks (k = 60)
 *
 * Queries with an even number were looked at when weights were chosen, the others were not; --tune shows the former and how
 * other weights would do.
 */
import { readFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { parseSearchRequest, type SearchAnswer } from '../src/contract/search.js'
import type { Item } from '../src/domain/item.js'
import { encodersInUse } from '../src/inference/encoders-in-use.js'
import { createSona } from '../src/sona.js'
import type { Database } from '../src/storage/database.js'
import { migrate } from '../src/storage/migrate.js'
import { openDatabase } from '../src/storage/open.js'
import { sqlStore } from '../src/storage/sql-store.js'

interface JudgedQuery {
  readonly kind: 'title' | 'about' | 'person' | 'mixed'
  readonly query: string
  readonly items?: readonly string[]
  readonly people?: readonly string[]
}

const { values } = parseArgs({
  options: {
    home: { type: 'string' },
    database: { type: 'string' },
    encoder: { type: 'string' },
    rounds: { type: 'string', default: '5' },
    tune: { type: 'boolean', default: false },
  },
})
const TOP = 10
const DEEP = '100'
const queries = JSON.parse(readFileSync(new URL('./search-queries.json', import.meta.url), 'utf8')) as readonly JudgedQuery[]
const home = values.home ?? '.sona'
const database = await openDatabase(values.database === undefined ? { home } : { databaseUrl: values.database })
await migrate(database)
const store = sqlStore(database)
const encoders = await encodersInUse(values.encoder === undefined ? { home } : { directory: values.encoder })
const sona = await createSona({ store, encoders, onProblem: (what, error) => console.error(what, error) })
const catalogue = new Map<string, Item>()
for await (const batch of store.items.all()) for (const { item } of batch) catalogue.set(item.itemId, item)
const numbers = await store.items.numbersOf([...catalogue.keys()] as Item['itemId'][])
const names = new Map([...numbers].map(([itemId, itemNo]) => [itemNo as number, itemId as string]))

const asked = new Map<string, SearchAnswer>()

type Way = (query: string) => Promise<readonly string[]>
const byPart = (part: 'words' | 'meaning') => async (query: string) => best(await deep(query), ({ parts }) => parts[part] ?? 0)
const ways: Readonly<Record<string, Way>> = {
  'full text': (query) => fullText(database, 'websearch_to_tsquery', query),
  'any word': (query) => fullText(database, 'any', query),
  words: byPart('words'),
  meaning: byPart('meaning'),
  search: async (query) => (await deep(query)).items.map(({ itemId }) => itemId),
  reciprocal: async (query) => reciprocal(await deep(query)),
}

if (values.tune) await tune()
else await judge()
await timeIt()
await sona.close()
await encoders.close()
await store.close()

async function judge(): Promise<void> {
  for (const half of ['unseen', 'all'] as const) {
    const rows: Record<string, string | number>[] = []
    for (const [name, way] of Object.entries(ways)) {
      const row: Record<string, string | number> = { way: name }
      for (const kind of ['title', 'about', 'person', 'mixed'] as const) {
        const some = queries.filter((query, at) => query.kind === kind && (half === 'all' || at % 2 === 1))
        const ranks: number[] = []
        for (const query of some) ranks.push(rankOf(query, await way(query.query)))
        row[`${kind} @1`] = share(ranks, 1)
        row[`${kind} @10`] = share(ranks, TOP)
      }
      rows.push(row)
    }
    console.log(`\nShare of queries answered within the first and the first ten, ${half} queries`)
    console.table(rows)
  }
  for (const query of queries) {
    const found = await ways.search!(query.query)
    const rank = rankOf(query, found)
    if (rank > TOP)
      console.log(
        `missed (${rank === Number.POSITIVE_INFINITY ? 'not found' : `place ${rank}`}): ${query.kind} "${query.query}" → ${found.slice(0, 3).join(', ')}`,
      )
  }
}

/** Weights of meaning beside words 1, on the even half. */
async function tune(): Promise<void> {
  const seen = queries.filter((_, at) => at % 2 === 0)
  const answers: SearchAnswer[] = []
  for (const { query } of seen) answers.push(await deep(query)) // one after the other: a query waits 200 ms for its vector at most
  const rows = [0, 0.2, 0.4, 0.6, 0.8, 1, 1.25, 1.5, 2, 3].map((weight) => {
    const row: Record<string, number> = { meaning: weight }
    for (const kind of ['title', 'about', 'person', 'mixed'] as const) {
      const ranks = seen.flatMap((query, at) =>
        query.kind === kind
          ? rankOf(
              query,
              best(answers[at]!, ({ parts }) => (parts.words ?? 0) + weight * (parts.meaning ?? 0)),
            )
          : [],
      )
      row[`${kind} MRR`] = Number((ranks.reduce((sum, rank) => sum + 1 / rank, 0) / ranks.length).toFixed(3))
      row[`${kind} @10`] = share(ranks, TOP)
    }
    return row
  })
  console.table(rows)
}

async function timeIt(): Promise<void> {
  const milliseconds: number[] = []
  for (let round = 0; round <= Number(values.rounds); round++) {
    for (const { query } of queries) {
      // Another space each round, so that no vector of the same text is remembered from the last.
      const started = performance.now()
      await ask(`${query}${' '.repeat(round)}`, '20')
      if (round > 0) milliseconds.push(performance.now() - started)
    }
  }
  if (milliseconds.length === 0) return
  const sorted = Float64Array.from(milliseconds).sort()
  const quantile = (share: number): string => sorted[Math.ceil(share * sorted.length) - 1]!.toFixed(1)
  console.log(
    `\n${catalogue.size} items, ${database.kind}, ${encoders.current?.version ?? 'no encoder'}: ${sorted.length} searches one after the other, p50 ${quantile(0.5)} ms, p90 ${quantile(0.9)} ms, p99 ${quantile(0.99)} ms, longest ${quantile(1)} ms`,
  )
}

async function ask(q: string, count: string): Promise<SearchAnswer> {
  const parsed = parseSearchRequest({ q, count })
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.problems))
  return sona.search(parsed.value)
}

/** Each query once: ways of answering differ in how they read this. */
async function deep(query: string): Promise<SearchAnswer> {
  const known = asked.get(query) ?? (await ask(query, DEEP))
  asked.set(query, known)
  for (const what of known.degraded) console.log(`"${query}" without ${what}`)
  return known
}

function best({ items }: SearchAnswer, score: (item: SearchAnswer['items'][number]) => number): readonly string[] {
  return [...items]
    .sort((a, b) => score(b) - score(a))
    .filter((item) => score(item) > 0)
    .map(({ itemId }) => itemId)
}

function reciprocal(answer: SearchAnswer): readonly string[] {
  const score = new Map<string, number>()
  for (const part of ['words', 'meaning'] as const) {
    best(answer, ({ parts }) => parts[part] ?? 0).forEach((itemId, place) => {
      score.set(itemId, (score.get(itemId) ?? 0) + 1 / (60 + place + 1))
    })
  }
  return [...score].sort((a, b) => b[1] - a[1]).map(([itemId]) => itemId)
}

async function fullText({ query }: Database, how: string, text: string): Promise<readonly string[]> {
  const asked =
    how === 'any' ? "replace(plainto_tsquery('english', $1)::text, '&', '|')::tsquery" : "websearch_to_tsquery('english', $1)"
  const rows = await query<{ item_no: number }>({
    text: `select item_no from sona.item_words where words @@ ${asked} order by ts_rank(words, ${asked}) desc, item_no limit 100`,
    values: [text],
  })
  return rows.flatMap(({ item_no }) => names.get(item_no) ?? [])
}

function rankOf({ items = [], people = [] }: JudgedQuery, found: readonly string[]): number {
  const place = found.findIndex((itemId) => {
    const item = catalogue.get(itemId)
    const said = `${item?.cast.join(' ')} ${item?.description}`
    return items.includes(itemId) || (people.length > 0 && people.every((name) => said.includes(name)))
  })
  return place < 0 ? Number.POSITIVE_INFINITY : place + 1
}

function share(ranks: readonly number[], within: number): number {
  return Number((ranks.filter((rank) => rank <= within).length / ranks.length).toFixed(3))
}
