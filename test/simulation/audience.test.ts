import { describe, expect, it } from 'vitest'
import { parseEvent } from '../../src/contract/event.js'
import { parseUser } from '../../src/contract/user.js'
import { createRandom } from '../../src/domain/random.js'
import { MS_PER_DAY } from '../../src/domain/time.js'
import { readVegaFilms } from '../../src/formats/vega.js'
import { simulateAudience } from '../../src/simulation/audience.js'
import type { AudienceOptions } from '../../src/simulation/audience-options.js'
import { simulateCatalogue } from '../../src/simulation/catalogue.js'
import { bareItem } from './bare-item.js'

const films = await readVegaFilms()
const until = Date.UTC(2026, 0, 1)

function audience(options: Partial<AudienceOptions> = {}, seed = 1, items = films) {
  return [...simulateAudience(items, { until, users: 60, ...options }, createRandom(seed))]
}

describe('a simulated audience', () => {
  it('is the same, byte for byte, for the same seed', () => {
    expect(JSON.stringify(audience())).toBe(JSON.stringify(audience()))
  })

  it('is another for another seed', () => {
    expect(audience({}, 2)[0].events).not.toEqual(audience({}, 1)[0].events)
  })

  it('may be iterated over again, and by two readers at once', () => {
    const users = simulateAudience(films, { until, users: 12 }, createRandom(1))
    const alone = JSON.stringify([...users])
    const [one, other] = [users[Symbol.iterator](), users[Symbol.iterator]()]
    const seen = Array.from({ length: 12 }, () => [one.next().value, other.next().value])
    expect(JSON.stringify(seen.map(([user]) => user))).toBe(alone)
    expect(JSON.stringify(seen.map(([, user]) => user))).toBe(alone)
  })

  it('has the same user n whatever the total and the range', () => {
    const all = audience({ users: 40 })
    expect(audience({ users: 15 })).toEqual(all.slice(0, 15))
    expect(audience({ firstUser: 15, users: 25 })).toEqual(all.slice(15))
  })

  it('makes users only when they are asked for', () => {
    const [first] = simulateAudience(films, { until, users: 2_000_000_000 }, createRandom(1))
    expect(first.user.userId).toBe('sim-user-000000')
  })

  it('says of every user that it is simulated', () => {
    for (const { user, events } of audience()) {
      expect(user.userId).toMatch(/^sim-user-\d{6}$/)
      expect(user.traits.attributes.simulated).toBe(true)
      for (const { eventId, userId } of events) {
        expect(eventId).toMatch(/^sim-/)
        expect(userId).toBe(user.userId)
      }
    }
  })

  it('says so of the users of an empty catalogue, who do nothing', () => {
    const idle = audience({ users: 3 }, 1, [])
    expect(idle.map(({ user }) => user.userId)).toEqual(['sim-user-000000', 'sim-user-000001', 'sim-user-000002'])
    for (const { user, events } of idle) {
      expect(user.traits.attributes.simulated).toBe(true)
      expect(events).toEqual([])
    }
  })

  it('has users and events that the API would accept', () => {
    for (const { user, events } of audience({ impressionsPerView: 4 })) {
      expect(parseUser(JSON.parse(JSON.stringify(user)))).toMatchObject({ ok: true })
      for (const event of events) expect(parseEvent(JSON.parse(JSON.stringify(event)), until)).toEqual({ ok: true, value: event })
    }
  })

  it('names each event once, by user and number', () => {
    for (const { events } of audience({ impressionsPerView: 3 })) {
      expect(new Set(events.map(({ eventId }) => eventId)).size).toBe(events.length)
    }
    expect(audience({ users: 1 })[0].events[1].eventId).toBe('sim-000000-1')
  })

  it.each([{ days: 180 }, { days: 3, meanEvents: 200 }, { days: 0.02 }, { days: 30, impressionsPerView: 8 }])(
    'keeps its events in order and within the span: %o',
    (options) => {
      const users = audience(options)
      expect(users.some(({ events }) => events.length > 0)).toBe(true)
      for (const { events } of users) {
        let before = until - options.days * MS_PER_DAY
        for (const { occurredAt } of events) {
          expect(Number.isInteger(occurredAt)).toBe(true)
          expect(occurredAt).toBeGreaterThanOrEqual(before)
          expect(occurredAt).toBeLessThanOrEqual(until)
          before = occurredAt
        }
      }
    },
  )

  it('has completions that fit the kind, and ratings that are whole stars', () => {
    const events = audience().flatMap(({ events }) => events)
    const ranges: Record<string, [number, number]> = { complete: [0.9, 1], progress: [0.5, 0.8999], abandon: [0, 0.4999] }
    for (const { kind, completion, rating } of events) {
      if (completion !== undefined) {
        expect(completion).toBeGreaterThanOrEqual(ranges[kind][0])
        expect(completion).toBeLessThanOrEqual(ranges[kind][1])
      }
      if (rating !== undefined) {
        expect(rating).toMatchObject({ min: 1, max: 5 })
        expect([1, 2, 3, 4, 5]).toContain(rating.value)
      }
    }
    const kinds = new Set(events.map(({ kind }) => kind))
    expect(kinds).toEqual(new Set(['complete', 'progress', 'abandon', 'rate', 'like', 'dislike', 'dismiss']))
  })

  it('has as many events per user as asked for, with a long tail', () => {
    const counts = audience({ users: 1_500, meanEvents: 30 }).map(({ events }) => events.length)
    const mean = counts.reduce((sum, count) => sum + count, 0) / counts.length
    expect(mean).toBeGreaterThan(27)
    expect(mean).toBeLessThan(33)
    const busiest = counts.sort((a, b) => b - a).slice(0, 150)
    expect(busiest.reduce((sum, count) => sum + count, 0) / (mean * 1_500)).toBeGreaterThan(0.25)
  })

  it('leads from impressions to a click to the viewing of the title clicked', () => {
    const [{ events }] = audience({ users: 1, impressionsPerView: 4, meanEvents: 200 })
    const clicks = events.flatMap(({ kind }, at) => (kind === 'click' ? [at] : []))
    expect(clicks.length).toBeGreaterThan(10)
    for (const at of clicks.slice(0, -1)) {
      expect(events[at - 1]).toMatchObject({ kind: 'impression', itemId: events[at].itemId })
      expect(events[at + 1].completion).toBeDefined()
      expect(events[at + 1].itemId).toBe(events[at].itemId)
    }
  })

  it('refuses impossible options by name', () => {
    const refused = (options: Partial<AudienceOptions>) => () => audience(options)
    expect(refused({ users: -1 })).toThrow(/users/)
    expect(refused({ users: 1.5 })).toThrow(/users/)
    expect(refused({ meanEvents: 0 })).toThrow(/meanEvents/)
    expect(refused({ meanEvents: Number.NaN })).toThrow(/meanEvents/)
    expect(refused({ noise: 1.1 })).toThrow(/noise/)
    expect(refused({ until: 0 })).toThrow(/until/)
    expect(refused({ places: [] })).toThrow(/places/)
    expect(refused({ places: [{ region: 'DE', timeZone: 'Europe/Nowhere', language: 'de', share: 1 }] })).toThrow(/Nowhere/)
    expect(refused({ users: -1 })).toThrow(expect.objectContaining({ code: 'INVALID_REQUEST' }))
  })
})

describe('what can be watched', () => {
  it('is one title at first sight, and again if it was enjoyed, in a catalogue of one', () => {
    const users = audience({ users: 40 }, 1, [bareItem('only')])
    expect(users.some(({ events }) => events.length > 0)).toBe(true)
    for (const { events } of users) {
      const views = events.filter(({ completion }) => completion !== undefined)
      expect(views.filter(({ rewatch }) => !rewatch).length).toBeLessThanOrEqual(1)
    }
  })

  it('leaves out what is hidden, not out yet, or not on offer where the viewer lives', () => {
    const only = { region: 'DE', timeZone: 'Europe/Berlin', language: 'de', share: 1 }
    const at = until - 90 * MS_PER_DAY
    const items = [
      bareItem('open'),
      bareItem('hidden', { hidden: true }),
      bareItem('coming', { releasedAt: until + 1 }),
      bareItem('elsewhere', { offers: [{ platform: 'a', type: 'free', regions: ['US'] }] }),
      bareItem('here', { offers: [{ platform: 'a', type: 'free', regions: ['US', 'DE'] }] }),
      bareItem('from', { offers: [{ platform: 'a', type: 'free', regions: [], from: at }] }),
      bareItem('until', { offers: [{ platform: 'a', type: 'free', regions: [], until: at }] }),
      bareItem('released', { releasedAt: at }),
    ]
    const times = new Map<string, number[]>()
    for (const { events } of audience({ users: 200, places: [only] }, 1, items)) {
      for (const { itemId, occurredAt, rewatch } of events) {
        if (!rewatch) times.set(itemId, [...(times.get(itemId) ?? []), occurredAt])
      }
    }
    expect([...times.keys()].sort()).toEqual(['from', 'here', 'open', 'released', 'until'])
    expect(Math.min(...times.get('from')!)).toBeGreaterThanOrEqual(at)
    expect(Math.min(...times.get('released')!)).toBeGreaterThanOrEqual(at)
    const viewsOf = audience({ users: 200, places: [only] }, 1, items)
      .flatMap(({ events }) => events)
      .filter(({ itemId, completion, rewatch }) => itemId === 'until' && completion !== undefined && !rewatch)
    expect(Math.max(...viewsOf.map(({ occurredAt }) => occurredAt))).toBeLessThan(at)
  })

  it('comes in the order of its episodes', () => {
    const items = [...simulateCatalogue(640, { releasedUntil: until, seriesShare: 0.3 }, createRandom(3))]
    const places = new Map(items.map((item) => [item.itemId, item]))
    let episodes = 0
    for (const { events } of audience({ users: 80 }, 1, items)) {
      const next = new Map<string, number>()
      for (const { itemId, completion, rewatch } of events) {
        const { kind, seriesId, season = 0, episode = 0 } = places.get(itemId)!
        if (completion === undefined || rewatch || kind !== 'episode') continue
        const place = season * 100 + episode
        expect(place).toBeGreaterThan(next.get(seriesId!) ?? 0)
        if (!next.has(seriesId!)) expect(place).toBe(101)
        next.set(seriesId!, place)
        episodes++
      }
    }
    expect(episodes).toBeGreaterThan(500)
  })
})
