import { setTimeout as sleep } from 'node:timers/promises'
import { decodeAdapter } from '../../src/adapters/codec.js'
import type { UserId } from '../../src/domain/ids.js'
import { createRandom } from '../../src/domain/random.js'
import { openDatabase, openStore } from '../../src/storage/open.js'
import type { Store } from '../../src/storage/store.js'
import { lightTier, publishLight, watched } from '../light-adapters.js'
import type { TrainingProcess } from './training-processes.js'

export interface FireOptions {
  readonly databaseUrl: string
  readonly users: number
  readonly workers: number
  /** One worker, each in turn, gets SIGKILL this often, if it has trained somebody by then, and another takes its place. */
  readonly killEveryMs: number
  /** Starts one of them. */
  readonly start: () => TrainingProcess
  /** How many times some user gets ten more events while the others are trained. */
  readonly latecomers: number
  /** Gives up after so long. */
  readonly longestMs: number
}

export interface FireReport {
  readonly seconds: number
  readonly kills: number
  readonly events: number
  /** Versions that were saved, of all users. */
  readonly versions: number
  /** What is wrong; empty when every user is trained exactly to their last event. */
  readonly faults: readonly string[]
}

const FIRST_EVENTS = 12
const MORE_EVENTS = 10
/** More would run out of films that a user has not seen. */
const MOST_EVENTS = FIRST_EVENTS + MORE_EVENTS

/**
 * Makes users due, lets processes train them, and ends one of these with SIGKILL again and again until nobody is due. Then looks at every
 * user: each event has to be learned from exactly once.
 */
export async function drainUnderFire(options: FireOptions): Promise<FireReport> {
  const store = await openStore({ databaseUrl: options.databaseUrl })
  try {
    await publishLight(store, lightTier())
    await store.adapters.due.setPolicy({ leastEvents: 10, pauseMs: 200 })
    await makeDue(store, options.users)
    const started = performance.now()
    const kills = await drain(store, options)
    const seconds = (performance.now() - started) / 1000
    return { seconds, kills, ...(await inspect(options.databaseUrl)) }
  } finally {
    await store.close()
  }
}

const nameOf = (user: number): UserId => `user-${user}` as UserId

async function makeDue(store: Store, users: number): Promise<void> {
  const AT_ONCE = 500
  for (let from = 0; from < users; from += AT_ONCE) {
    const names = Array.from({ length: Math.min(AT_ONCE, users - from) }, (_, n) => from + n)
    await store.events.append(
      names.flatMap((user) => Array.from({ length: FIRST_EVENTS }, (_, n) => watched(nameOf(user), n, user % 2))),
    )
  }
}

async function drain(store: Store, options: FireOptions): Promise<number> {
  const { workers, killEveryMs, users, latecomers, longestMs, start } = options
  const running = Array.from({ length: workers }, start)
  const random = createRandom(1)
  const late = new Set<number>()
  while (late.size < Math.min(latecomers, users)) late.add(random.below(users))
  const waiting = [...late]
  const end = performance.now() + longestMs
  let kills = 0
  let nextKill = performance.now() + killEveryMs
  try {
    for (;;) {
      const { due } = await store.adapters.due.counts()
      if (due === 0 && waiting.length === 0) return kills
      // As many of the latecomers as of all: most of them are trained by then, some are being trained, some not.
      const drained = 1 - Math.min(1, due / users)
      for (const user of waiting.splice(0, Math.ceil(drained * late.size) - (late.size - waiting.length))) {
        const more = Array.from({ length: MORE_EVENTS }, (_, n) => watched(nameOf(user), FIRST_EVENTS + n, user % 2))
        await store.events.append(more)
      }
      if (performance.now() > end) throw new Error(`${due} users are still due after ${longestMs} ms and ${kills} kills.`)
      if (performance.now() >= nextKill) {
        const victim = kills % workers
        if (await running[victim]!.hasTrained()) {
          await running[victim]!.kill()
          running[victim] = start()
          kills++
          nextKill = performance.now() + killEveryMs
        }
      }
      await sleep(50)
    }
  } finally {
    await Promise.all(running.map((worker) => worker.kill()))
  }
}

interface UserRow {
  readonly user_key: number
  readonly user_id: string
  readonly last_sequence: number
  readonly event_count: number
  readonly waiting: number
  readonly learned_to: number
  readonly claim: string | null
  readonly head: number | null
}

interface VersionRow {
  readonly user_key: number
  readonly version: number
  readonly lessons: number
  readonly learned_to: number
  readonly data: Buffer
}

/** Looks at all rows, behind the store's back. */
async function inspect(databaseUrl: string): Promise<Omit<FireReport, 'seconds' | 'kills'>> {
  const database = await openDatabase({ databaseUrl })
  try {
    const users = await database.query<UserRow>({
      text: `
        select u.user_key, u.user_id, u.last_sequence, u.event_count, d.events as waiting, d.learned_to, d.claim, h.version as head
        from sona.users u
        left join sona.adapters_due d using (user_key)
        left join sona.adapter_heads h using (user_key)`,
    })
    const versions = new Map<number, VersionRow[]>()
    const rows = await database.query<VersionRow>({
      text: 'select user_key, version, lessons, learned_to, data from sona.adapters order by user_key, version',
    })
    for (const row of rows) versions.set(row.user_key, [...(versions.get(row.user_key) ?? []), row])
    return {
      events: users.reduce((sum, { event_count }) => sum + event_count, 0),
      versions: users.reduce((sum, { head }) => sum + (head ?? 0), 0),
      faults: users.flatMap((user) =>
        faultsOf(user, versions.get(user.user_key) ?? []).map((what) => `${user.user_id}: ${what}`),
      ),
    }
  } finally {
    await database.close()
  }
}

function faultsOf(user: UserRow, versions: readonly VersionRow[]): string[] {
  const faults: string[] = []
  const expect = (holds: boolean, what: string): void => {
    if (!holds) faults.push(what)
  }
  const newest = versions.at(-1)
  expect(user.event_count <= MOST_EVENTS && user.event_count >= FIRST_EVENTS, `${user.event_count} events`)
  expect(user.waiting === 0 && user.claim === null, `${user.waiting} events are still waiting, claim ${user.claim}`)
  expect(user.learned_to === user.last_sequence, `used to ${user.learned_to} of ${user.last_sequence}`)
  expect(newest?.learned_to === user.last_sequence, `trained to ${newest?.learned_to} of ${user.last_sequence}`)
  // Each event is one visit to one film, and so one lesson: more would be learned twice, fewer lost.
  expect(newest?.lessons === user.event_count, `${newest?.lessons} lessons of ${user.event_count} events`)
  expect(newest?.version === user.head, `version ${newest?.version} under the head ${user.head}`)
  // From the first on, at most three, none left out.
  expect(versions.length === Math.min(3, user.head ?? 0), `${versions.length} versions kept of ${user.head}`)
  versions.forEach(({ version, lessons, learned_to, data }, at) => {
    const before = versions[at - 1]
    expect(
      before === undefined || (version === before.version + 1 && lessons > before.lessons),
      `version ${version} after ${before?.version}`,
    )
    const adapter = decodeAdapter(data) // throws where a half of it was written
    expect(adapter.lessons === lessons && adapter.learnedTo === learned_to, `version ${version} is not what its row says`)
  })
  return faults
}
