import type { Random } from '../domain/random.js'
import { cumulate, drawIndex } from './cumulative.js'
import type { Interest } from './interests.js'

/** One of the people who use an account. Nearly all have it to themselves. */
export interface Person {
  /** Index into `ageRanges`. */
  readonly age: number
  /** Replaced one by one as they are given up. */
  readonly interests: Interest[]
  /** Index into `devices`. */
  readonly favouriteDevice: number
  /** How many times as often it is used as its hour suggests. */
  readonly devotion: number
  /** Which half of the day is theirs, where they share an account: until five in the afternoon, or after. */
  readonly half: 'early' | 'late' | 'any'
}

/** Somebody who shares an account sits down in the other's hours as seldom as this, beside once in their own. */
const OUT_OF_HOURS = 0.1

/** Who of an account sits down in a part of the week. */
export function personAt(people: readonly Person[], daypart: number, random: Random): Person {
  if (people.length === 1) return people[0]
  const half = daypart % 4 < 2 ? 'early' : 'late'
  return people[drawIndex(cumulate(people.map((person) => (person.half === half ? 1 : OUT_OF_HOURS))), random)]
}
