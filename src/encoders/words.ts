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
  const plain = read
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/(?<=\p{L})['’](?=\p{L})/gu, '')
    .toLowerCase()
  return [...plain.matchAll(WORD)].flatMap(([word]) => (WITHOUT_SPACES.test(word) ? pairsOf(word) : [word]))
}

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
