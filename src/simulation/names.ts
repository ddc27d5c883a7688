import type { Random } from '../domain/random.js'
import { adjectives, familySyllables, type GenreWords, nameEnds, nameStarts, nouns } from './catalogue-words.js'

/** A title as the genre would have it. */
export function titleOf(words: GenreWords, setting: string, random: Random): string {
  const adjective = adjectives[random.below(adjectives.length)]
  const own = words.nouns[random.below(words.nouns.length)]
  const noun = nouns[random.below(nouns.length)]
  switch (random.below(6)) {
    case 0:
      return `The ${adjective} ${own}`
    case 1:
      return `${own} of ${setting}`
    case 2:
      return `The ${own} and the ${noun}`
    case 3:
      return `${adjective} ${noun}, ${adjectives[random.below(adjectives.length)]} ${own}`
    case 4:
      return `A ${noun} for ${personOf(random.below(PEOPLE)).split(' ')[0]}`
    default:
      return `The ${own} at ${adjective} ${noun}`
  }
}

/** What distinguishes a part of a series or franchise. */
export function subtitleOf(random: Random): string {
  return `The ${adjectives[random.below(adjectives.length)]} ${nouns[random.below(nouns.length)]}`
}

const GIVEN = nameStarts.length * nameEnds.length
const FAMILY = familySyllables.length ** 3
const PEOPLE = GIVEN * FAMILY

/** Shares no factor with PEOPLE, so that each number has a name of its own and neighbours do not look alike. */
const SCATTER = 1_000_003

/** The name of person `number`; there are 1,769,472 names, then they come again. */
export function personOf(number: number): string {
  const scattered = ((number % PEOPLE) * SCATTER) % PEOPLE
  const given = scattered % GIVEN
  const family = Math.floor(scattered / GIVEN)
  const start = nameStarts[given % nameStarts.length]
  const end = nameEnds[Math.floor(given / nameStarts.length)]
  const n = familySyllables.length
  const syllables = [family % n, Math.floor(family / n) % n, Math.floor(family / n / n)].map((i) => familySyllables[i])
  const surname = syllables.join('')
  return `${start}${end} ${surname[0].toUpperCase()}${surname.slice(1)}`
}
