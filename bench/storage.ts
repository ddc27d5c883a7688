/**
 * What storage costs, on data of MovieLens-1M's shape (6,040 users, 3,883 items, events in the order of the users; generated, seeded).
 *
 *   npx tsx bench/storage.ts --home <new dir>          the embedded database
 *   npx tsx bench/storage.ts --database <url>          a PostgreSQL server; its schema `sona` must be empty
 *   … [--events 1000000]
 */
import { parseArgs } from 'node:util'
import type { Event } from '../src/domain/event.js'
import type { EventId, ItemId, UserId } from '../src/domain/ids.js'
import type { Item } from '../src/domain/item.js'
import { createRandom } from '../src/domain/random.js'
import { openStore } from '../src/storage/open.js'

const { values } = parseArgs({
  options: { home: { type: 'string' }, database: { type: 'string' }, events: { type: 'string', default: '1000000' } },
})
const location = values.database === undefined ? { home: values.home ?? '.sona' } : { databaseUrl: values.database }
const eventCount = Number(values.events)
const USERS = 6_040
const ITEMS = 3_883
const FIRST_DAY = Date.UTC(2000, 0, 1)

const itemOf = (n: number): Item => ({
  itemId: `movie-${n}` as ItemId,
  kind: 'movie',
  title: `Film ${n}`,
  description: 'One sentence about the film that is as long as such sentences are, so that documents have a realistic size.',
  genres: ['drama', 'comedy'],
  cast: ['Somebody Known', 'Somebody Else'],
  directors: ['A Director'],
  themes: [],
  moods: [],
  languages: ['en'],
  countries: ['US'],
  offers: [],
  attributes: {},
  hidden: false,
})

const random = createRandom('bench/storage')
function* generate(count: number, prefix: string): Generator<Event> {
  for (let n = 0; n < count; n++) {
    const user = Math.floor((n / count) * USERS)
    yield {
      eventId: `${prefix}${n}` as EventId,
      userId: `user-${user}` as UserId,
      itemId: `movie-${random.below(ITEMS)}` as ItemId,
      kind: 'rate',
      rating: { value: 1 + random.below(5), min: 1, max: 5 },
      rewatch: false,
      occurredAt: FIRST_DAY + n * 1000,
    }
  }
}

function* firstOf<T>(values: Iterable<T>, count: number): Generator<T> {
  let left = count
  for (const value of values) {
    if (left-- === 0) return
    yield value
  }
}

function say(what: string, value: string): void {
  console.log(`${what.padEnd(58)} ${value}`)
}

async function timed<T>(work: () => Promise<T>): Promise<readonly [ms: number, result: T]> {
  const started = performance.now()
  const result = await work()
  return [performance.now() - started, result]
}

function quantiles(times: number[]): string {
  times.sort((a, b) => a - b)
  const at = (share: number): string => times[Math.min(times.length - 1, Math.floor(share * times.length))]!.toFixed(2)
  return `p50 ${at(0.5)} ms   p99 ${at(0.99)} ms`
}

async function repeated(times: number, work: (n: number) => Promise<unknown>): Promise<string> {
  const taken: number[] = []
  for (let n = 0; n < times; n++) taken.push((await timed(() => work(n)))[0])
  return quantiles(taken)
}

const [openMs, store] = await timed(() => openStore(location))
say('open and migrate', `${openMs.toFixed(0)} ms`)
const [putMs] = await timed(() => store.items.put(Array.from({ length: ITEMS }, (_, n) => itemOf(n))))
say(`put ${ITEMS} items`, `${putMs.toFixed(0)} ms`)

const BATCH = 10_000
let slowest = 0
const [importMs] = await timed(async () => {
  let batch: Event[] = []
  for (const event of generate(eventCount, 'import-')) {
    batch.push(event)
    if (batch.length < BATCH) continue
    slowest = Math.max(slowest, (await timed(() => store.events.append(batch)))[0])
    batch = []
  }
  if (batch.length > 0) await store.events.append(batch)
})
say(
  `append ${eventCount} events, ${BATCH} at a time`,
  `${((eventCount / importMs) * 1000).toFixed(0)} events/s   slowest batch ${slowest.toFixed(0)} ms`,
)
const again10k = [...firstOf(generate(eventCount, 'import-'), BATCH)]
const [againMs] = await timed(() => store.events.append(again10k))
say(`append ${BATCH} duplicates`, `${againMs.toFixed(0)} ms`)

const hundreds = [...generate(20_000, 'hundred-')]
say('append 100 events', await repeated(200, (n) => store.events.append(hundreds.slice(n * 100, n * 100 + 100))))
const singles = [...generate(500, 'single-')]
say('append 1 event', await repeated(500, (n) => store.events.append([singles[n]!])))

const heavy = 'heavy' as UserId
await store.events.append([...generate(20_000, 'heavy-')].map((event) => ({ ...event, userId: heavy })))
say('userState, 166 events', await repeated(500, (n) => store.events.userState(`user-${(n * 7) % USERS}` as UserId, 200)))
say('userState, 20,000 events, 200 of them asked for', await repeated(50, () => store.events.userState(heavy, 200)))

for (const round of [1, 2]) {
  let rows = 0
  const [readMs] = await timed(async () => {
    for await (const columns of store.events.trainingColumns({})) rows += columns.itemNo.length
  })
  say(`trainingColumns, ${rows} rows, round ${round}`, `${(readMs / 1000).toFixed(2)} s`)
}
const [countMs] = await timed(() => store.counts())
say('counts', `${countMs.toFixed(1)} ms`)

const bytes = new Uint8Array(60 * 2 ** 20).map((_, n) => (n * 31) & 255)
const [publishMs, version] = await timed(() => store.artifacts.publish(new Map([['model', bytes]])))
const [readMs] = await timed(() => store.artifacts.read('model', version))
const rate = (ms: number): string => `${(60_000 / ms).toFixed(0)} MiB/s`
say('artifact of 60 MiB', `write ${rate(publishMs)}   read ${rate(readMs)}`)
say('memory of this process', `${(process.memoryUsage().rss / 2 ** 20).toFixed(0)} MiB`)

const [closeMs] = await timed(() => store.close())
const [reopenMs, again] = await timed(() => openStore(location))
say('close / open again', `${closeMs.toFixed(0)} ms / ${reopenMs.toFixed(0)} ms`)
await again.close()
