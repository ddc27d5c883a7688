import { type ClockOffset, clockOf } from '../domain/clock.js'
import type { Context } from '../domain/context.js'
import type { UserId } from '../domain/ids.js'
import type { Random } from '../domain/random.js'
import { fullConsent, noTraits, type User } from '../domain/user.js'
import { type AudienceOptions, spanStart } from './audience-options.js'
import { cumulate, drawIndex } from './cumulative.js'
import { ageRanges, drawInterest, type Interest } from './interests.js'
import { dotRow } from './item-vectors.js'
import type { Landscape } from './landscape.js'
import type { Person } from './person.js'
import type { Place } from './places.js'

export const devices = ['tv', 'desktop', 'tablet', 'phone'] as const

/** A simulated account. What outsiders may know of it is `user`; the rest is what a recommender has to find out. */
export interface Viewer {
  readonly user: User
  /** Who uses it: one, or two who share it. */
  readonly people: readonly Person[]
  /** The region they live in, as a bit of the landscape's offers. */
  readonly regionBit: number
  readonly clock: ClockOffset
  /** One context for each of `devices`, shared by all events on it. */
  readonly contexts: readonly Context[]
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
    const interests = drawInterests(landscape, age, options, random)
    const chosenGenres = random.next() < 0.6 ? genresOf(landscape, interests) : []
    const user = userOf(userId, place, age, chosenGenres)
    const favouriteDevice = random.below(devices.length)
    const owner: Person = { age, interests, favouriteDevice, devotion: FAVOURITE_DEVICE_FACTOR, half: 'any' }
    return {
      user,
      people: peopleWith(owner, landscape, options, random.fork('household')),
      regionBit: 1 << landscape.regions.indexOf(place.region),
      clock,
      contexts,
      hoursLate: Math.round(1.5 * random.normal()),
      sittingLength: 1.2 + 2.3 * random.next(),
      rateShare: random.next() < 0.4 ? 0 : 0.05 + 0.5 * random.next(),
      leniency: 0.4 * random.normal(),
    }
  }
}

/** One to three. */
function drawInterests(landscape: Landscape, age: number, options: AudienceOptions, random: Random): Interest[] {
  const count = 1 + (random.next() < 0.65 ? 1 : 0) + (random.next() < 0.35 ? 1 : 0)
  return Array.from({ length: count }, () => drawInterest(landscape, age, spanStart(options), options, random))
}

const FAVOURITE_DEVICE_FACTOR = 3
/** In a household everybody has a device of their own. */
const OWN_DEVICE_FACTOR = 30

/** Of so many sets of interests the second person of a household has those least like the first one's. */
const UNLIKE = 4

/** The largest cosine between interests of the two. */
function likeness(some: readonly Interest[], others: readonly Interest[]): number {
  return Math.max(...some.flatMap((a) => others.map((b) => dotRow(a.direction, b.direction, 0))))
}

/** The owner of an account alone, or with somebody of another age, other interests, another device and the other half of the day. */
function peopleWith(owner: Person, landscape: Landscape, options: AudienceOptions, random: Random): readonly Person[] {
  if (random.next() >= options.householdShare) return [owner]
  const isLate = random.next() < 0.5
  const age = (owner.age + 1 + random.below(ageRanges.length - 1)) % ageRanges.length
  const drawn = Array.from({ length: UNLIKE }, () => drawInterests(landscape, age, options, random))
  const second: Person = {
    age,
    interests: drawn.reduce((a, b) => (likeness(b, owner.interests) < likeness(a, owner.interests) ? b : a)),
    favouriteDevice: (owner.favouriteDevice + 1 + random.below(devices.length - 1)) % devices.length,
    devotion: OWN_DEVICE_FACTOR,
    half: isLate ? 'early' : 'late',
  }
  return [{ ...owner, devotion: OWN_DEVICE_FACTOR, half: isLate ? 'late' : 'early' }, second]
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
