/**
 * How soon a user's answers use what was just learned of them: from the event that makes an adapter due to the first answer that has the
 * new version, while events come in at a fixed rate.
 *
 *   tsx bench/adapter-freshness.ts --database <url> | --home <dir>  [--rate 200] [--seconds 60] [--users 6040] [--watched 200]
 *
 * The store must hold a trained catalogue with a fitted tier whose users are named 1 … users (MovieLens). A server with its worker is started.
 * Events are an open loop with even gaps, each a `complete` of some title by some user; every `rate × seconds / watched`th is a dislike, which makes
 * its user due at once, and from when it is sent that user's versions are looked at every 50 ms, until there is a new one and an
 * answer that has it.
 * Every user is watched once at most, so that no pause between two trainings counts. Before all that one user's adapter is waited for, so that the worker is up.
 * Everybody must have been trained before, and not in the last ten seconds: after an import `sona train --adapters` sees to that.
 */
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { post, startServer } from './running-server.js'

const { values } = parseArgs({
  options: {
    home: { type: 'string' },
    database: { type: 'string' },
    plan: { type: 'string' },
    rate: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '60' },
    users: { type: 'string', default: '6040' },
    watched: { type: 'string', default: '200' },
  },
})
const [rate, seconds, users, watched] = [values.rate, values.seconds, values.users, values.watched].map(Number)
const where = values.database === undefined ? ['--home', values.home ?? '.sona'] : ['--database', values.database]
const server = await startServer([...where, ...(values.plan === undefined ? [] : ['--plan', values.plan])])
const { address } = server

const POLL_MS = 50
/** Beyond the bar it matters less when exactly, and looking must not become the load. */
const LATE_MS = 3_000
const LATE_POLL_MS = 500
const GIVE_UP_MS = 60_000

interface Answer {
  readonly items: readonly { readonly itemId: string }[]
  readonly adapterVersion?: number
}

const ask = (userId: string): Promise<Answer> =>
  post(address, '/v1/recommendations', { userId, count: 5, explain: false }) as Promise<Answer>

/** Titles to send events of: what a few users are recommended. */
const titles = (await Promise.all(['1', '2', '3'].map((userId) => ask(userId)))).flatMap(({ items }) =>
  items.map(({ itemId }) => itemId),
)
const run = Date.now().toString(36)
let sent = 0

async function append(userId: string, kind: 'complete' | 'dislike'): Promise<void> {
  const n = sent++
  const event = { eventId: `${run}-${n}`, userId, itemId: titles[n % titles.length], kind, occurredAt: new Date().toISOString() }
  await post(address, '/v1/events', { events: [event] })
}

/** Asked for while waiting, since a list of versions costs the server next to nothing, and an answer does. */
async function newestVersion(userId: string): Promise<number> {
  const response = await fetch(`${address}/v1/users/${userId}/adapter/versions`)
  const { versions } = (await response.json()) as { versions?: readonly { readonly version: number }[] }
  return versions?.[0]?.version ?? 0
}

/** Milliseconds until the user's answers have a version other than before; undefined when that took too long. */
async function untilNew(userId: string): Promise<number | undefined> {
  const before = (await ask(userId)).adapterVersion ?? 0
  const started = performance.now()
  await append(userId, 'dislike')
  for (;;) {
    const elapsed = performance.now() - started
    if (elapsed > GIVE_UP_MS) return undefined
    if ((await newestVersion(userId)) > before && ((await ask(userId)).adapterVersion ?? 0) > before)
      return performance.now() - started
    await sleep(elapsed < LATE_MS ? POLL_MS : LATE_POLL_MS)
  }
}

// The worker reads the models when somebody is due for the first time, which is a start and not what is measured here.
if ((await untilNew(String(users - watched))) === undefined) throw new Error('no adapter was trained within a minute')

const waits: Promise<number | undefined>[] = []
const appends: Promise<void>[] = []
let failed = 0
const total = rate * seconds
const every = Math.floor(total / watched)
const began = performance.now()
for (let n = 0; n < total; n++) {
  const waitMs = (1000 * n) / rate - (performance.now() - began)
  if (waitMs > 0) await sleep(waitMs)
  // The watched come from one end, the others from the other, so that nobody is both.
  if (n % every === every - 1) waits.push(untilNew(String(users - waits.length)))
  else appends.push(append(String(1 + ((n * 1_009) % (users - watched))), 'complete').catch(() => void failed++))
}
const took = (performance.now() - began) / 1000
await Promise.all(appends)
const ms = await Promise.all(waits)
const known = ms.filter((each) => each !== undefined).sort((a, b) => a - b)
const quantile = (share: number): number => known[Math.min(known.length - 1, Math.floor(share * known.length))]
console.table([
  {
    'events/s': (total / took).toFixed(0),
    'failed events': failed,
    watched: ms.length,
    'never seen': ms.length - known.length,
    'p50 ms': quantile(0.5).toFixed(0),
    'p90 ms': quantile(0.9).toFixed(0),
    'p99 ms': quantile(0.99).toFixed(0),
    'max ms': quantile(1).toFixed(0),
  },
])
await server.stop()
