/**
 * A title taken apart: whose story it continues, and where in it this one stands.
 *
 *   "Star Trek VI: The Undiscovered Country" → stem ["star", "trek"], part 6, with a subtitle
 */
export interface TitleReading {
  /** Every word, in order. */
  readonly words: readonly string[]
  /** The words before the part and the subtitle. Never empty for a title that has a letter or a digit. */
  readonly stem: readonly string[]
  /** 2 of "Alien 2", "Alien II", "Alien: Part Two". Undefined where the title does not say. */
  readonly part?: number
  readonly hasSubtitle: boolean
}

const spelled = ['one', 'two', 'three', 'four', 'five', 'six', 'seven', 'eight', 'nine', 'ten']
const partWords = new Set(['part', 'parts', 'episode', 'chapter', 'volume', 'vol', 'season'])
const articles = new Set(['the', 'a', 'an'])
const LARGEST_PART = 39

/** Case, accents, punctuation, a leading article and a possessive "’s" do not count; a plural counts as its singular. */
export function readTitle(title: string): TitleReading {
  const segments = title
    .replace(/[²³]/g, (digit) => (digit === '²' ? ' 2' : ' 3'))
    .split(/\s*:\s+|\s+[-–—]\s+/)
    .map(wordsOf)
    .filter((words) => words.length > 0)
  const [head = [], ...rest] = segments
  const { stem, part } = cutPart(head)
  const second = rest[0] === undefined ? undefined : leadingPart(rest[0])
  const number = part ?? second?.part
  return {
    words: segments.flat().map(singular),
    stem: stem.map(singular),
    ...(number !== undefined && { part: number }),
    hasSubtitle: rest.length > 1 || (rest.length === 1 && second?.isWhole !== true),
  }
}

function wordsOf(segment: string): string[] {
  const plain = segment
    .normalize('NFKD')
    .toLowerCase()
    .replace(/,\s*(?:the|an?)$/, '')
    .replaceAll('&', ' and ')
    .replace(/['’]s\b/g, '')
    .replace(/\b([a-z])\.(?=[a-z]\b)/g, '$1') // L.A. is one word
    .replace(/\b3-?d\b/g, '3')
    .replace(/[^\p{L}\p{N}\s/-]/gu, '')
  const words = plain.split(/[\s/-]+/).filter((word) => word !== '')
  return words.length > 1 && articles.has(words[0] ?? '') ? words.slice(1) : words
}

/** The head without what numbers it at its end. */
function cutPart(head: readonly string[]): { readonly stem: readonly string[]; readonly part?: number } {
  const last = head.at(-1)
  if (last === undefined || head.length === 1) return { stem: head }
  const beforeLast = head.at(-2) ?? ''
  const part = partWords.has(beforeLast) ? ordinalOf(last) : numeralOf(last)
  if (part !== undefined) {
    const stem = head.slice(0, partWords.has(beforeLast) ? -2 : -1)
    return stem.length > 0 ? { stem, part } : { stem: head }
  }
  return isYear(last) ? { stem: head.slice(0, -1) } : { stem: head }
}

/** "Part II" and "Episode IV …" at the beginning of a subtitle. */
function leadingPart(words: readonly string[]): { readonly part: number; readonly isWhole: boolean } | undefined {
  const [first = '', second = ''] = words
  const named = partWords.has(first) ? ordinalOf(second) : undefined
  if (named !== undefined) return { part: named, isWhole: words.length === 2 }
  const part = words.length === 1 ? numeralOf(first) : undefined
  return part === undefined ? undefined : { part, isWhole: true }
}

function ordinalOf(word: string): number | undefined {
  const at = spelled.indexOf(word)
  return at >= 0 ? at + 1 : numeralOf(word)
}

/** 2 to 39 in digits or Roman. */
function numeralOf(word: string): number | undefined {
  const value = /^\d{1,2}$/.test(word) ? Number(word) : romanOf(word)
  return value !== undefined && value >= 1 && value <= LARGEST_PART ? value : undefined
}

function romanOf(word: string): number | undefined {
  const [, tens, units] = /^(x{0,3})(ix|iv|v?i{0,3})$/.exec(word) ?? []
  if (tens === undefined || units === undefined || word === '') return undefined
  const unit = units === 'ix' ? 9 : units === 'iv' ? 4 : (units.startsWith('v') ? 5 : 0) + units.replace('v', '').length
  return 10 * tens.length + unit
}

const isYear = (word: string): boolean => /^(?:19|20)\d\d$/.test(word)

function singular(word: string): string {
  return word.length > 3 && word.endsWith('s') && !word.endsWith('ss') ? word.slice(0, -1) : word
}
