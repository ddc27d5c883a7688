/**
 * What a text says, as words and as parts of words. Case, accents and width of letters do not count: "Amélie", "AMELIE" and "ａｍｅｌｉｅ"
 * are one word. Scripts written without spaces between words (Chinese, Japanese, Thai and their neighbours) are cut into pairs of letters.
 */

const WORD = /[\p{L}\p{N}]+/gu
const WITHOUT_SPACES =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Thai}\p{Script=Lao}\p{Script=Khmer}\p{Script=Myanmar}]/u

/** The words of a text in their order. Text beyond `mostCharacters` is not read. */
export function wordsOf(text: string, mostCharacters = Number.POSITIVE_INFINITY): string[] {
  const read = text.length > mostCharacters ? text.slice(0, mostCharacters) : text
  if (ASCII.test(read)) return asciiWords(read)
  // No word reaches over a blank: what lies between is read by itself, most of it the quick way.
  return read.split(BLANKS).flatMap((piece) => (ASCII.test(piece) ? asciiWords(piece) : wordsOfAnyScript(piece)))
}

// biome-ignore lint/suspicious/noControlCharactersInRegex: all of ASCII
const ASCII = /^[\x00-\x7f]*$/
const BLANKS = /[\t-\r ]+/

function wordsOfAnyScript(text: string): string[] {
  const plain = text
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/(?<=\p{L})['’](?=\p{L})/gu, '')
    .toLowerCase()
  return [...plain.matchAll(WORD)].flatMap(([word]) => (WITHOUT_SPACES.test(word) ? pairsOf(word) : [word]))
}

/** The same of letters without accents, four times as fast: most of what is written in English is nothing else. */
function asciiWords(text: string): string[] {
  const lower = text.toLowerCase()
  const words: string[] = []
  let from = -1
  let isJoined = false
  for (let at = 0; at <= lower.length; at++) {
    const code = lower.charCodeAt(at) // NaN at the end
    if (isLetter(code) || isDigit(code)) {
      if (from < 0) from = at
    } else if (from >= 0) {
      if (code === APOSTROPHE && isLetter(lower.charCodeAt(at - 1)) && isLetter(lower.charCodeAt(at + 1))) {
        isJoined = true
        continue
      }
      const word = lower.slice(from, at)
      words.push(isJoined ? word.replaceAll("'", '') : word)
      from = -1
      isJoined = false
    }
  }
  return words
}

const APOSTROPHE = 39
const isLetter = (code: number): boolean => code >= 97 && code <= 122
const isDigit = (code: number): boolean => code >= 48 && code <= 57

function pairsOf(word: string): string[] {
  const letters = [...word]
  return letters.length === 1 ? letters : letters.slice(1).map((letter, at) => letters[at] + letter)
}

const SHORTEST = 3
const LONGEST = 4

/** Parts of three and four letters with the word's ends marked: `alien` → `<al`, `ali`, … `ien>`. They survive a typing error. */
export function partsOf(word: string): string[] {
  const letters = [...`<${word}>`]
  const parts: string[] = []
  for (let length = SHORTEST; length <= LONGEST; length++) {
    for (let from = 0; from + length <= letters.length; from++) parts.push(letters.slice(from, from + length).join(''))
  }
  return parts
}
