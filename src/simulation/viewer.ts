import { type ClockOffset, clockOf } from '../domain/clock.js'
import type { Context } from '../domain/context.js'
import type { UserId } from '../domain/ids.js'
import type { Random } from '../domain/random.js'
import { fullConsent, noTraits, type User } from '../domain/user.js'
import { type AudienceOptions, spanStart } from './audience-options.js'
import { cumulate, drawIndex } from './cumulative.js'
import { ageRanges, drawInterest, type Interest } from './interests.js'
import type { Landscape } from './landscape.js'
import type { Place } from './places.js'

export const devices = ['tv', 'desktop', 'tablet', 'phone'] as const

/** A simulated person. What outsiders may know of them is `user`; the rest is what a recommender has to find out. */
export interface Viewer {
  readonly user: User
  readonly age: number
  /** Replaced one by one as they are given up. */
  readonly interests: Interest[]
  /** The region they live in, as a bit of the landscape's offers. */
  readonly regionBit: number
  readonly clock: ClockOffset
  /** One context for each of `devices`, shared by all events on it. */
  readonly contexts: readonly Context[]
  readonly favouriteDevice: number
  /** Hours by which the day starts later than for most; negative for early birds. */
  readonly hoursLate: number
  /** Viewings in one sitting, on average. */
  readonly sittingLength: number
  /** Chance to rate a title that left no impression; others are rated more often. 0 for the many who never rate. */
  readonly rateShare: number
  /** Stars given above what most would give. */
  readonly leniency: number
}

/** Draws people who live in the places of the options. */
export function viewersOf(landscape: Landscape, options: AudienceOptions): (userId: UserId, random: Random) => Viewer {
  const homes = options.places.map((place) => ({ place, clock: clockOf(place.timeZone), contexts: contextsIn(place) }))
  const shares = cumulate(options.places.map(({ share }) => share))

  return (userId, random) => {
    const { place, clock, contexts } = homes[drawIndex(shares, random)]
    const age = random.below(ageRanges.length)
    const count = 1 + (random.next() < 0.65 ? 1 : 0) + (random.next() < 0.35 ? 1 : 0)
    const interests = Array.from({ length: count }, () => drawInterest(landscape, age, spanStart(options), options, random))
    const chosenGenres = random.next() < 0.6 ? genresOf(landscape, interests) : []
    return {
      user: userOf(userId, place, age, chosenGenres),
      age,
      interests,
      regionBit: 1 << landscape.regions.indexOf(place.region),
      clock,
      contexts,
      favouriteDevice: random.below(devices.length),
      hoursLate: Math.round(1.5 * random.normal()),
      sittingLength: 1.2 + 2.3 * random.next(),
      rateShare: random.next() < 0.4 ? 0 : 0.05 + 0.5 * random.next(),
      leniency: 0.4 * random.normal(),
    }
  }
}

function contextsIn({ timeZone, region }: Place): Context[] {
  return devices.map((device) => ({ timeZone, region, device }))
}

/** What they would tick at sign-up: the first genres of the titles their interests grew out of. */
function genresOf({ items, titles }: Landscape, interests: readonly Interest[]): string[] {
  const genres = interests.flatMap(({ anchor }) => items[titles.item[anchor]].genres.slice(0, 1))
  return [...new Set(genres)]
}

/** `attributes.simulated` goes wherever the user goes: into every export, answer and dashboard. */
function userOf(userId: UserId, place: Place, age: number, chosenGenres: readonly string[]): User {
  return {
    userId,
    traits: {
      ...noTraits,
      chosenGenres,
      ageRange: ageRanges[age],
      region: place.region,
      languages: [place.language],
      attributes: { simulated: true },
    },
    consent: fullConsent,
  }
}
