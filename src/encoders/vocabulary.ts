import { partsOf, wordsOf } from './words.js'

/** What a text tower knows: words, then parts of words, each with how much it tells. Plain data, kept as `vocabulary.json`. */
export interface Vocabulary {
  readonly words: readonly string[]
  readonly parts: readonly string[]
  /** Of words, then of parts: log(texts / texts that have it), parts discounted. */
  readonly weights: readonly number[]
  /** Texts are cut after so many words. */
  readonly mostWords: number
}

export interface VocabularyOptions {
  /** Most words kept, the most frequent. Typical 10,000 to 50,000: each is a row of the tower. */
  readonly mostWords: number
  /** The same for parts of words. */
  readonly mostParts: number
  /** What a part counts beside a word. 0: words alone. Typical 0.2 to 0.5. */
  readonly partWeight: number
  /** In fewer texts than this, a word teaches nothing about the others. */
  readonly leastTexts: number
  /** Longer texts are cut here, in words. */
  readonly wordsPerText: number
}

export const vocabularyDefaults: VocabularyOptions = {
  mostWords: 24_000,
  mostParts: 8_000,
  partWeight: 0.3,
  leastTexts: 2,
  wordsPerText: 400,
}

/** Longer texts are not looked at beyond this: a megabyte of text costs no more than its beginning. */
const CHARACTERS_PER_WORD = 20

/** Counts words and parts over all texts. */
export function fitVocabulary(texts: readonly string[], options: VocabularyOptions): Vocabulary {
  const words = new Map<string, number>()
  const parts = new Map<string, number>()
  for (const text of texts) {
    const present = new Set(wordsIn(text, options.wordsPerText))
    for (const word of present) add(words, word)
    if (options.partWeight > 0) for (const part of new Set([...present].flatMap(partsOf))) add(parts, part)
  }
  const telling = (counts: Map<string, number>, most: number): [string, number][] =>
    [...counts]
      .filter(([, count]) => count >= options.leastTexts && count < texts.length)
      .sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
      .slice(0, most)
  const [keptWords, keptParts] = [telling(words, options.mostWords), telling(parts, options.mostParts)]
  const weightOf = (count: number): number => Math.round(1000 * Math.log(texts.length / count)) / 1000
  return {
    words: keptWords.map(([word]) => word),
    parts: keptParts.map(([part]) => part),
    weights: [
      ...keptWords.map(([, count]) => weightOf(count)),
      ...keptParts.map(([, count]) => options.partWeight * weightOf(count)),
    ],
    mostWords: options.wordsPerText,
  }
}

function wordsIn(text: string, most: number): string[] {
  return wordsOf(text, most * CHARACTERS_PER_WORD).slice(0, most)
}

function add(counts: Map<string, number>, key: string): void {
  counts.set(key, (counts.get(key) ?? 0) + 1)
}

/** A text as the tower reads it: rows of its table, each with a weight; together of unit length. */
export interface WeightedTokens {
  readonly tokens: Int32Array
  readonly weights: Float32Array
  readonly isCut: boolean
}

export interface Tokeniser {
  /** Undefined where the vocabulary knows nothing of the text. */
  tokenise(text: string): WeightedTokens | undefined
}

/** weight = (1 + log times in the text) · what the vocabulary says it tells, divided by the length of all of them. */
export function createTokeniser(vocabulary: Vocabulary): Tokeniser {
  const { weights, mostWords } = vocabulary
  const placesOf = createPlaces(vocabulary)
  const times = new Int32Array(weights.length) // of each place in the text at hand, zeros between texts
  return {
    tokenise(text) {
      const all = wordsOf(text, (mostWords + 1) * CHARACTERS_PER_WORD)
      const isCut = all.length > mostWords || text.length > (mostWords + 1) * CHARACTERS_PER_WORD
      const met: number[] = []
      for (let at = 0; at < all.length && at < mostWords; at++) {
        const places = placesOf(all[at])
        for (let k = 0; k < places.length; k++) if (times[places[k]]++ === 0) met.push(places[k])
      }
      const tokens = new Int32Array(met).sort()
      const told = new Float64Array(tokens.length)
      let squares = 0
      for (let at = 0; at < tokens.length; at++) {
        const place = tokens[at]
        const often = times[place]
        times[place] = 0
        told[at] = (often === 1 ? 1 : 1 + Math.log(often)) * weights[place]
        squares += told[at] * told[at]
      }
      if (squares === 0) return undefined
      const length = Math.sqrt(squares)
      const scaled = new Float32Array(tokens.length)
      for (let at = 0; at < tokens.length; at++) scaled[at] = told[at] / length
      return { tokens, weights: scaled, isCut }
    },
  }
}

/** Words whose places are remembered: few words make up most of what is written. */
const REMEMBERED_WORDS = 50_000

/** Where a word and its parts stand in the vocabulary; those that it does not know are left out. */
function createPlaces({ words, parts }: Vocabulary): (word: string) => Int32Array {
  const wordPlace = new Map(words.map((word, place) => [word, place]))
  const partPlace = new Map(parts.map((part, place) => [part, words.length + place]))
  const remembered = new Map<string, Int32Array>()
  return (word) => {
    const known = remembered.get(word)
    if (known !== undefined) return known
    const own = wordPlace.get(word)
    const ofParts = partPlace.size > 0 ? partsOf(word).map((part) => partPlace.get(part)) : []
    const places = Int32Array.from([own, ...ofParts].filter((place) => place !== undefined))
    if (remembered.size >= REMEMBERED_WORDS) remembered.clear()
    remembered.set(word, places)
    return places
  }
}
