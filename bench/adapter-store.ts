/**
 * What adapters cost at rest: loading one, training users in bulk, and bytes on disk and in memory.
 *
 *   npm run build && npx tsx bench/adapter-store.ts --database <url of an empty database> [--users 2000] [--adapters 100000]
 *
 * "A core" is a second of processor time, of this process and of the server's together (processor-seconds.ts): the machine may be busy with other
 * things. Users are trained with a light plan (two models, sixty films): what a lesson's features cost depends on the plan, and stands apart.
 * Beside each figure stands its floor: an empty statement, the bytes themselves.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { adapterFormats, decodeAdapter, encodeAdapter } from '../src/adapters/codec.js'
import { study } from '../src/adapters/learn.js'
import { learnSharedFrom } from '../src/adapters/shared.js'
import { trainAdapter } from '../src/adapters/train.js'
import type { UserId, UserKey } from '../src/domain/ids.js'
import { createRandom } from '../src/domain/random.js'
import { fullConsent, noTraits } from '../src/domain/user.js'
import { type AdapterTrainer, openAdapterTrainer } from '../src/jobs/adapter-trainer.js'
import { trainDueAdapters } from '../src/jobs/train-adapters.js'
import { openDatabase, openStore } from '../src/storage/open.js'
import { madeUpAdapter, madeUpLesson, madeUpTier } from '../test/adapters/made-up.js'
import { lightPlan, lightTier, publishLight, watched } from '../test/light-adapters.js'
import { processorClock } from './processor-seconds.js'

const { values: flags } = parseArgs({
  options: {
    database: { type: 'string' },
    users: { type: 'string', default: '2000' },
    adapters: { type: 'string', default: '100000' },
  },
})
if (flags.database === undefined) throw new Error('Name an empty database: --database postgres://…')
const store = await openStore({ databaseUrl: flags.database })
const database = await openDatabase({ databaseUrl: flags.database })
const clock = await processorClock(database)
const random = createRandom('bench/adapter-store')
const AT_ONCE = 500

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

function say(what: string, value: string): void {
  console.log(`${what.padEnd(64)} ${value}`)
}

function quantiles(times: number[]): string {
  times.sort((a, b) => a - b)
  const at = (share: number): string => times[Math.min(times.length - 1, Math.floor(share * times.length))]!.toFixed(2)
  return `p50 ${at(0.5)} ms   p99 ${at(0.99)} ms`
}

/** Two kinds of work in turns, so that what else the machine does meets both alike. */
async function inTurns(times: number, works: readonly ((n: number) => Promise<unknown>)[]): Promise<readonly string[]> {
  const taken: number[][] = works.map(() => [])
  for (let n = 0; n < times; n++) {
    for (const [at, work] of works.entries()) {
      const started = performance.now()
      await work(n)
      taken[at]!.push(performance.now() - started)
    }
  }
  return taken.map(quantiles)
}

// Training in bulk.
await publishLight(store)
await store.adapters.due.setPolicy({ leastEvents: 10, pauseMs: 0 })
const users = Number(flags.users)
const trained = Array.from({ length: users }, (_, n) => `trained-${n}` as UserId)
const trainer = await openAdapterTrainer(store, { plan: lightPlan, tier: lightTier() })
async function appendTen(round: number): Promise<void> {
  for (let from = 0; from < users; from += AT_ONCE) {
    await store.events.append(
      trained.slice(from, from + AT_ONCE).flatMap((id) => Array.from({ length: 10 }, (_, n) => watched(id, round * 10 + n))),
    )
  }
}
for (const round of [0, 1]) {
  await appendTen(round)
  const before = clock()
  const run = await trainDueAdapters(store, trainer)
  const after = clock()
  const [own, server] = [after.own - before.own, after.server - before.server]
  const { claim, read, train, lesson, learn, write } = run.secondsOf
  const perUser = (seconds: number): string => `${((seconds / users) * 1000).toFixed(3)} ms`
  say(
    `round ${round + 1}: ${run.users} users, ${run.lessons} lessons, ${run.saved} saved`,
    `${(users / run.seconds).toFixed(0)} users/s`,
  )
  say('  a core, all of it', `${(users / (own + server)).toFixed(0)} users/s`)
  say('  processor a user: this process, the server', `${perUser(own)}, ${perUser(server)}`)
  say('  a user: claim, read, train, write', [claim, read, train, write].map(perUser).join(', '))
  say('  a user, of train: lessons, learning', [lesson, learn].map(perUser).join(', '))
  say('  a lesson of the light plan', `${((lesson / run.lessons) * 1000).toFixed(3)} ms`)
}
await trainer.close()

// The same with a trainer that answers at once: what claiming, reading and writing cost alone.
const answered = encodeAdapter(madeUpAdapter(random, madeUpTier(random)), 'f16')
const atOnce: AdapterTrainer = {
  modelVersion: 'none',
  shared: async () => ({ ...lightTier(), space: 'light' }),
  useShared: async () => {},
  know: async () => {},
  close: async () => {},
  train: async ({ users: asked, pasts }) => ({
    users: asked.map(({ learnedTo }, at) => ({
      taught: 10,
      learnedTo: learnedTo + 10,
      passedOver: 0,
      adapter: {
        space: 'light',
        format: 'f16',
        lessons: pasts.start[at + 1]! - pasts.start[at]!,
        learnedTo,
        gate: 0,
        gain: 0,
        bytes: answered,
      },
    })),
    lessonMs: 0,
    learnMs: 0,
  }),
}
for (const round of [2, 3, 4]) {
  await appendTen(round)
  const before = clock()
  const run = await trainDueAdapters(store, atOnce)
  const after = clock()
  const seconds = after.own - before.own + (after.server - before.server)
  say(
    `claim, read and write alone, ${run.saved} users of ${10 * round + 10} events`,
    `${(users / seconds).toFixed(0)} users/s a core, ${((seconds / users) * 1000).toFixed(2)} ms each`,
  )
}

// Learning alone: ten lessons of 200 candidates, with what all share, and the adapter out of its bytes and into them.
const fullTier = madeUpTier(random)
const lessons = Array.from({ length: 10 }, () => madeUpLesson(random, fullTier, { count: 200 }))
const started = process.cpuUsage()
const LEARNERS = 200
for (let n = 0; n < LEARNERS; n++) {
  const studies = lessons.map((lesson, sequence) => ({ studied: study(lesson, fullTier), sequence }))
  const { adapter } = trainAdapter(decodeAdapter(answered), studies, [], fullTier)
  for (const { studied } of studies) learnSharedFrom(fullTier, studied)
  encodeAdapter(adapter, 'f16')
}
const learnt = process.cpuUsage(started)
say('learning ten lessons of 200 candidates', `${((learnt.user + learnt.system) / 1000 / LEARNERS).toFixed(2)} ms a user`)

// Bytes at rest, at the defaults' shape: 14 cells × rank 8.
const tier = madeUpTier(random)
const example = madeUpAdapter(random, tier)
for (const format of adapterFormats)
  say(
    `an adapter of ${tier.space.cells.length} × ${tier.space.rank} in ${format}`,
    `${encodeAdapter(example, format).length} bytes`,
  )
const wanted = Number(flags.adapters)
const stored = Array.from({ length: wanted }, (_, n) => `stored-${n}` as UserId)
const size = async (): Promise<number> => {
  await database.query({ text: 'vacuum sona.adapters' })
  const [row] = await database.query<{ bytes: number }>({
    text: "select pg_total_relation_size('sona.adapters') + pg_total_relation_size('sona.adapter_heads') as bytes",
  })
  return row!.bytes
}
const empty = await size()
const facts = { space: tier.space.id, format: 'f16', lessons: 20, learnedTo: 20, gate: 0.5, gain: 0.7 } as const
let saveMs = 0
for (let from = 0; from < wanted; from += AT_ONCE) {
  const ids = stored.slice(from, from + AT_ONCE)
  await store.users.put(ids.map((userId) => ({ userId, traits: noTraits, consent: fullConsent })))
  const keys = await database.query<{ user_key: UserKey }>({
    text: 'select user_key from sona.users where user_id = any ($1::text[])',
    values: [`{${ids.join(',')}}`],
  })
  const adapters = keys.map(({ user_key }) => ({
    userKey: user_key,
    ...facts,
    bytes: encodeAdapter(madeUpAdapter(random, tier), 'f16'),
  }))
  const started = performance.now()
  await store.adapters.save(adapters)
  saveMs += performance.now() - started
  if ([0.1, 0.25, 0.5, 1].includes((from + AT_ONCE) / wanted)) {
    const bytes = (await size()) - empty
    say(
      `on disk, ${from + AT_ONCE} adapters, one version each`,
      `${(bytes / (from + AT_ONCE)).toFixed(0)} bytes each, ${(bytes / 2 ** 20).toFixed(1)} MiB`,
    )
  }
}
say(`saving ${wanted} adapters, ${AT_ONCE} at a time`, `${((wanted / saveMs) * 1000).toFixed(0)} adapters/s`)

// Loading.
const anybody = (): UserId => stored[random.below(wanted)]!
const ROUNDS = 10
for (let round = 0; round < ROUNDS; round++) {
  const [emptyTimes, loadTimes] = await inTurns(1_000, [
    () => database.query({ text: 'select 1', name: 'empty' }),
    () => store.adapters.load(anybody(), { space: tier.space.id }),
  ])
  say(`loading one of ${wanted} adapters, a thousand times; beside it an empty statement`, `${loadTimes}; ${emptyTimes}`)
}
const bulk = performance.now()
for (let n = 0; n < 20; n++) await store.adapters.loadMany(Array.from({ length: AT_ONCE }, anybody))
say(`loading ${AT_ONCE} at a time`, `${((20 * AT_ONCE) / ((performance.now() - bulk) / 1000)).toFixed(0)} adapters/s`)

// Memory.
const memory = (): number => {
  collectGarbage()
  const { heapUsed, external } = process.memoryUsage()
  return heapUsed + external
}
const kept = new Map<UserId, Uint8Array>()
for (let n = 0; n < 5; n++) {
  memory()
  await sleep(100) // buffers are given back some moments after they were collected
}
const start = memory()
for (let from = 0; from < wanted; from += AT_ONCE) {
  const loaded = await store.adapters.loadMany(stored.slice(from, from + AT_ONCE))
  // Copies: what the driver gives is a view of the whole read.
  for (const [id, { bytes }] of loaded) kept.set(id, new Uint8Array(bytes))
  if ([0.1, 0.25, 0.5, 1].includes((from + AT_ONCE) / wanted)) {
    say(`in memory as bytes, ${kept.size} adapters`, `${((memory() - start) / kept.size).toFixed(0)} bytes each`)
  }
}
const decoding = performance.now()
let sum = 0
for (const bytes of kept.values()) sum += decodeAdapter(bytes).lessons
say(
  'turning bytes into an adapter',
  `${(((performance.now() - decoding) / kept.size) * 1000).toFixed(1)} µs each (${sum} lessons)`,
)
await database.close()
await store.close()
