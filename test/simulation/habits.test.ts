import { describe, expect, it } from 'vitest'
import type { Event } from '../../src/domain/event.js'
import type { ItemId } from '../../src/domain/ids.js'
import { createRandom } from '../../src/domain/random.js'
import { readVegaFilms } from '../../src/formats/vega.js'
import { simulateAudience } from '../../src/simulation/audience.js'
import type { AudienceOptions } from '../../src/simulation/audience-options.js'
import { franchisesOf } from '../../src/simulation/franchises.js'

const films = await readVegaFilms()
const rowOf = new Map(films.map(({ itemId }, row) => [itemId, row]))
const wordsOf = films.map(({ genres, themes }) => [...genres, ...themes])
const until = Date.UTC(2026, 0, 1)

/** What each of 500 users watched for the first time, about 40 events each, oldest first. */
function lives(options: Partial<AudienceOptions> = {}): Event[][] {
  const users = simulateAudience(films, { until, users: 500, ...options }, createRandom(7))
  return [...users].map(({ events }) => events.filter(({ completion, rewatch }) => completion !== undefined && !rewatch))
}

type Profile = ReadonlyMap<string, number>

/** Share of each genre and theme in what was watched. */
function profileOf(events: readonly Event[]): Profile {
  const profile = new Map<string, number>()
  for (const { itemId } of events) {
    for (const word of wordsOf[rowOf.get(itemId)!]) profile.set(word, (profile.get(word) ?? 0) + 1 / events.length)
  }
  return profile
}

function affinity(profile: Profile, itemId: ItemId): number {
  return affinityToRow(profile, rowOf.get(itemId)!)
}

function affinityToRow(profile: Profile, row: number): number {
  let sum = 0
  for (const word of wordsOf[row]) sum += profile.get(word) ?? 0
  return sum
}

function cosine(a: Profile, b: Profile): number {
  let dot = 0
  for (const [word, share] of a) dot += share * (b.get(word) ?? 0)
  const length = (profile: Profile): number => Math.hypot(...profile.values())
  return dot / (length(a) * length(b))
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length

/** Share of held-out viewings among the 100 unseen films of highest score, by popularity and by popularity times affinity. */
function hits(users: readonly Event[][]): { readonly popularity: number; readonly taste: number } {
  const told = users.map((events) => events.slice(0, Math.floor(events.length * 0.8)))
  const views = new Float64Array(films.length)
  for (const { itemId } of told.flat()) views[rowOf.get(itemId)!]++
  const popularity: number[] = []
  const taste: number[] = []
  users.forEach((events, user) => {
    const profile = profileOf(told[user])
    const byPopularity = views.slice()
    for (const { itemId } of told[user]) byPopularity[rowOf.get(itemId)!] = -1 // seen: never proposed
    const byTaste = byPopularity.map((count, row) => count * affinityToRow(profile, row))
    for (const { itemId } of events.slice(told[user].length)) {
      popularity.push(Number(rankOf(rowOf.get(itemId)!, byPopularity) < 100))
      taste.push(Number(rankOf(rowOf.get(itemId)!, byTaste) < 100))
    }
  })
  return { popularity: mean(popularity), taste: mean(taste) }
}

/** How many score higher. */
function rankOf(row: number, scores: Float64Array): number {
  let higher = 0
  for (const score of scores) if (score > scores[row]) higher++
  return higher
}

describe('the habits of a simulated audience can be found in its events', () => {
  it('taste: the genres of the past tell the next titles better than popularity', () => {
    const found = hits(lives())
    expect(found.taste).toBeGreaterThan(1.15 * found.popularity)
    const withoutTaste = hits(lives({ noise: 1, relatedShare: 0, followShare: 0 }))
    expect(withoutTaste.taste).toBeLessThan(withoutTaste.popularity)
  })

  it('taste: own next titles lie nearer to the past than those of others, which are as popular', () => {
    const nearer = (options: Partial<AudienceOptions>): number => {
      const users = lives(options).filter((events) => events.length >= 10)
      const half = (events: Event[]): number => Math.floor(events.length / 2)
      const outcomes = users.flatMap((events, user) => {
        const profile = profileOf(events.slice(0, half(events)))
        const other = users[(user + 1) % users.length]
        const theirs = other.slice(half(other))
        return events.slice(half(events)).map(({ itemId }, at) => {
          const own = affinity(profile, itemId)
          const foreign = affinity(profile, theirs[at % theirs.length].itemId)
          return own === foreign ? 0.5 : Number(own > foreign)
        })
      })
      return mean(outcomes)
    }
    expect(nearer({})).toBeGreaterThan(0.58)
    expect(Math.abs(nearer({ noise: 1, relatedShare: 0, followShare: 0 }) - 0.5)).toBeLessThan(0.02)
  })

  it('taste: what is liked is finished, what is not is left early', () => {
    const users = lives()
    const affinityWhen = (kind: string): number =>
      mean(
        users.flatMap((events) => {
          const profile = profileOf(events)
          return events.flatMap((event) => (event.kind === kind ? [affinity(profile, event.itemId)] : []))
        }),
      )
    expect(affinityWhen('complete')).toBeGreaterThan(1.2 * affinityWhen('abandon'))
  })

  it('sequence: a film is followed by one of its franchise far more often than by chance', () => {
    const franchise = new Map(franchisesOf(films).map((name, row) => [films[row].itemId, name]))
    const isRelated = (a: Event, b: Event): boolean =>
      franchise.get(a.itemId) !== undefined && franchise.get(a.itemId) === franchise.get(b.itemId)
    const pairs = (users: readonly Event[][], gap: number): number =>
      mean(users.flatMap((events) => events.slice(gap).map((event, at) => Number(isRelated(events[at], event)))))
    const users = lives()
    expect(pairs(users, 1)).toBeGreaterThan(4 * pairs(users, 7))
    expect(pairs(lives({ followShare: 0, relatedShare: 0 }), 1)).toBeLessThan(0.4 * pairs(users, 1))
  })

  it('drift: tastes part with time, and stay where there is no drift', () => {
    const kept = (driftPerDay: number): number => {
      const users = lives({ driftPerDay, meanEvents: 80 }).filter((events) => events.length >= 40)
      const quarter = (events: Event[], n: number): Profile =>
        profileOf(events.slice(Math.floor((n * events.length) / 4), Math.floor(((n + 1) * events.length) / 4)))
      const near = mean(users.map((events) => cosine(quarter(events, 2), quarter(events, 3))))
      const far = mean(users.map((events) => cosine(quarter(events, 0), quarter(events, 3))))
      return far / near
    }
    expect(kept(0)).toBeGreaterThan(0.97)
    expect(kept(0.015)).toBeLessThan(0.92)
  })

  it('time of day: horror and thrillers belong to the night, and to no hour without habits', () => {
    const nightly = (habitStrength: number): number => {
      const events = lives({ habitStrength, users: 1_000 }).flat()
      const share = (from: number, to: number): number => {
        const then = events.filter((event) => {
          const hour = hourOf(event)
          return hour >= from && hour < to
        })
        return mean(then.map(({ itemId }) => Number(wordsOf[rowOf.get(itemId)!].some((word) => /horror|thriller/.test(word)))))
      }
      return share(22, 24) / share(6, 11)
    }
    expect(nightly(1)).toBeGreaterThan(1.4)
    expect(nightly(0)).toBeGreaterThan(0.8)
    expect(nightly(0)).toBeLessThan(1.2)
  })

  it('time of day: evenings are busy and small hours are not, by the clocks of the place', () => {
    const tokyo = { region: 'JP', timeZone: 'Asia/Tokyo', language: 'ja', share: 1 }
    const hours = new Array<number>(24).fill(0)
    for (const event of lives({ places: [tokyo] }).flat()) hours[hourOf(event)]++
    const busy = (...at: number[]): number => mean(at.map((hour) => hours[hour]))
    expect(busy(19, 20, 21, 22)).toBeGreaterThan(3 * busy(3, 4, 5, 6))
  })

  it('devices: television in the evening, telephones in the morning', () => {
    const events = lives().flat()
    const share = (device: string, from: number, to: number): number =>
      mean(
        events.flatMap((event) => {
          const hour = hourOf(event)
          return hour >= from && hour < to ? [Number(event.context?.device === device)] : []
        }),
      )
    expect(share('tv', 18, 22)).toBeGreaterThan(1.5 * share('tv', 6, 11))
    expect(share('phone', 6, 11)).toBeGreaterThan(1.5 * share('phone', 18, 22))
  })
})

const clocks = new Map<string, Intl.DateTimeFormat>()

/** The hour on the clocks of the place, from the platform's own reckoning. */
function hourOf({ occurredAt, context }: Event): number {
  const zone = context!.timeZone!
  const clock = clocks.get(zone) ?? new Intl.DateTimeFormat('en-GB', { timeZone: zone, hour: 'numeric', hourCycle: 'h23' })
  clocks.set(zone, clock)
  return Number(clock.format(occurredAt))
}
