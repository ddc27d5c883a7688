import { int4Array, textArray } from './binary-arrays.js'
import type { SqlValue, Statement } from './database.js'
import type { WordMatch } from './store.js'

/** Words of a query that are looked at. */
const MOST_WORDS = 16
/** Words that a mistyped one may have been meant for. */
const MOST_MEANT = 4
/** A word that stands in no name, and in fewer texts than this, is taken to be mistyped. */
const LEAST_TOLD = 3
/** Items taken from each way of matching. */
const FROM_EACH = 60
/** Of what matches one way, as many are ranked: bounds the time of a query of nothing but common words. */
const MOST_RANKED = 2_000
/** A word that more than this share of all items has tells too little to look for by itself. */
const COMMON = 0.04
/** One that more than this share has is not insisted on either, where the query says something rarer: its list is long to read. */
const VERY_COMMON = 0.15

/** What a word counts in D, C, B and A: descriptions, labels, people, titles. */
const STEEP = "'{0.1, 0.2, 0.4, 1}'"
/** The same where how many of the words there are matters more than where they stand. */
const FLAT = "'{0.6, 0.6, 0.7, 1}'"

/** Words that ask for something to watch rather than describe it. */
const fillers =
  'a about an and any film films find for from i in is it looking me movie movies of on one please series show some something that the there title to want watch where which who with'.split(
    ' ',
  )

/** A word of a query, as the catalogue knows it. */
export interface QueryWord {
  /** Plain. */
  readonly word: string
  readonly filler: boolean
  /** Its English stem; null for words that English does without. */
  readonly stem: string | null
  /** Words to look for in names: itself, or those it may have been meant for. */
  readonly names: readonly string[]
  /** Stems to look for in texts. */
  readonly stems: readonly string[]
  /** How alike the word is to what is looked for in its place: 1 where that is itself. */
  readonly likeness: number
}

export interface MatchRow {
  readonly item_no: WordMatch['itemNo']
  readonly title_likeness: number
  readonly title_within: number
  readonly rank: number
  /** By word of the query. */
  readonly named: readonly boolean[]
  readonly told: readonly boolean[]
}

export function selectPlain(text: string): Statement {
  return { name: 'sona-plain', text: 'select sona.plain_words($1) as plain', values: [text] }
}

/** The share of items by stem, of the thousand or so most common: the planner's own statistics, none before the first analyze. */
export function selectFrequencies(): Statement {
  return {
    text: `
      select stem, share
      from pg_stats,
        unnest(most_common_elems::text::text[], most_common_elem_freqs[1:cardinality(most_common_elems::text::text[])]) as c (stem, share)
      where schemaname = 'sona' and tablename = 'item_words' and attname = 'words'`,
  }
}

/** Indexes known_words_pkey, known_words_alike, item_words_words. */
export function selectWords(text: string): Statement {
  return {
    name: 'sona-words',
    text: `
      select
        t.word,
        t.word = any ($2::text[]) as filler,
        s.stem,
        case when m.words is null then json_build_array(t.word) else m.words end as names,
        case when s.stem is null then '[]'::json when m.stems is null then json_build_array(s.stem) else m.stems end as stems,
        coalesce(m.likeness, 1) as likeness
      from (
        select
          w.word,
          min(w.place) as place,
          length(w.word) not between 3 and 40 or w.word ~ '^[0-9]+$'
            or (select count(*) from sona.known_words k where k.word = w.word collate "C") > 0 as known
        from string_to_table(sona.plain_words($1), ' ') with ordinality as w (word, place)
        where w.word ~ '[[:alnum:]]'
        group by w.word
        order by 2
        limit ${MOST_WORDS}
      ) t
      cross join lateral (
        select
          (tsvector_to_array(to_tsvector('english', t.word)))[1] as stem,
          -- Counted, for with exists the planner reads the whole table in the hope of an early hit. Fewer than these are mistyped too.
          not t.known and (
            select count(*) from sona.item_words w where w.words @@ plainto_tsquery('english', t.word)
          ) < ${LEAST_TOLD} as mistyped
      ) s
      left join lateral (
        select
          json_agg(a.word order by a.likeness desc) as words,
          json_agg(a.stem order by a.likeness desc) filter (where a.stem is not null) as stems,
          max(a.likeness)::float8 as likeness
        from (
          select k.word, similarity(k.word, t.word) as likeness, (tsvector_to_array(to_tsvector('english', k.word)))[1] as stem
          from sona.known_words k
          where s.mistyped and k.word % t.word
          order by 2 desc, 1
          limit ${MOST_MEANT}
        ) a
      ) m on true
      order by t.place`,
    values: [text, textArray(fillers)],
  }
}

/**
 * Four ways of matching, each bounded: the very title; all words in names; all stems in texts; the rare ones of either.
 * Indexes item_words_title, item_words_names, item_words_words.
 */
export function selectMatches(
  plain: string,
  words: readonly QueryWord[],
  common: ReadonlyMap<string, number>,
  among: Int32Array | undefined,
): Statement {
  const values: SqlValue[] = []
  const hole = (value: SqlValue): string => `$${values.push(value)}`
  const query = (text: string): string => `${hole(text)}::tsquery`

  const telling = words.filter(({ filler, stem }) => !filler && stem !== null)
  const share = ({ stem }: QueryWord): number => common.get(stem ?? '') ?? 0
  const rare = telling.filter((word) => share(word) < COMMON && word.word.length > 1)
  const names = words.map((word) => anyOf(word.names))
  const stems = words.map((word) => anyOf(word.stems))
  const title = hole(plain)
  const within = among === undefined ? '' : `and item_no = any (${hole(int4Array(among))}::integer[])`
  const ways = [
    { column: 'names', weights: STEEP, asked: names.filter((name) => name !== '').join(' & ') },
    { column: 'words', weights: STEEP, asked: stemsOf(insisted(telling, share)).join(' & ') },
    { column: 'names', weights: STEEP, asked: anyOf(rare.flatMap((word) => word.names)) },
    { column: 'words', weights: FLAT, asked: anyOf(rare.flatMap((word) => word.stems)) },
  ].filter(({ asked }) => asked !== '')
  const found = ways.map(({ column, asked, weights }) => `union ${matching(column, query(asked), weights, within)}`)
  const told = anyOf(words.flatMap((word) => word.stems))
  const has = (column: string, asked: readonly string[]): string =>
    `json_build_array(${asked.map((each) => (each === '' ? 'false' : `w.${column} @@ ${query(each)}`)).join(', ')})`
  return {
    text: `
      with found as (
        (select item_no from sona.item_words where title = ${title} ${within} limit ${FROM_EACH})
        ${found.join('\n')}
      )
      select
        w.item_no,
        similarity(w.title, ${title}) as title_likeness,
        word_similarity(w.title, ${title}) as title_within,
        ${told === '' ? '0' : `ts_rank(${STEEP}, w.words, ${query(told)})`} as rank,
        ${has('names', names)} as named,
        ${has('words', stems)} as told
      from found
      join sona.item_words w using (item_no)`,
    values,
  }
}

/** All words but the very common ones; of nothing but these, the three least common. */
function insisted(words: readonly QueryWord[], share: (word: QueryWord) => number): readonly QueryWord[] {
  const some = words.filter((word) => share(word) < VERY_COMMON)
  return some.length > 0 ? some : [...words].sort((a, b) => share(a) - share(b)).slice(0, 3)
}

function stemsOf(words: readonly QueryWord[]): string[] {
  return words.map((word) => anyOf(word.stems)).filter((stem) => stem !== '')
}

/** The best of what matches one way. */
function matching(column: string, query: string, weights: string, within: string): string {
  return `
    (
      select item_no
      from (
        select item_no, ts_rank(${weights}, ${column}, ${query}) as rank
        from sona.item_words
        where ${column} @@ ${query} ${within}
        limit ${MOST_RANKED}
      ) ranked
      order by rank desc, item_no
      limit ${FROM_EACH}
    )`
}

/** A text-search question for any of some lexemes; empty for none. Quotes and backslashes are doubled, so that each stays a word. */
function anyOf(lexemes: readonly string[]): string {
  const quoted = [...new Set(lexemes)].map((lexeme) => `'${lexeme.replaceAll('\\', '\\\\').replaceAll("'", "''")}'`)
  return quoted.length > 1 ? `(${quoted.join(' | ')})` : (quoted[0] ?? '')
}
