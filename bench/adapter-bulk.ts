/**
 * What training adapters in bulk costs with the default plan: users with 1, 10 and 50 new events each, by stage.
 *
 *   npm run build && npx tsx bench/adapter-bulk.ts --database <url of a trained store> [--users 200]
 *
 * It WRITES events and adapters: give it a copy (`create database copy template trained`). The users are those with the longest histories; what
 * they take now is among what everybody watches most, so that most events become lessons. "A core" is a second of processor time, of
 * this process and of the server's together; the stages are by the clock on the wall, which other work on the machine makes longer: their shares count.
 */
import { parseArgs } from 'node:util'
import type { Event } from '../src/domain/event.js'
import type { EventId } from '../src/domain/ids.js'
import { openAdapterTrainer } from '../src/jobs/adapter-trainer.js'
import { corpusFromStore } from '../src/jobs/corpus.js'
import { trainDueAdapters } from '../src/jobs/train-adapters.js'
import { openDatabase, openStore } from '../src/storage/open.js'
import { processorClock } from './processor-seconds.js'

const { values: flags } = parseArgs({
  options: { database: { type: 'string' }, users: { type: 'string', default: '200' } },
})
if (flags.database === undefined) throw new Error('Name a trained store that may be written to: --database postgres://…')
const where = { databaseUrl: flags.database }
const [store, database] = [await openStore(where), await openDatabase(where)]
const clock = await processorClock(database)
const MINUTE = 60_000
const MOST_WATCHED = 300

interface Viewer {
  readonly userId: string
  readonly history: number
}

const viewers = await database.query<Viewer>({
  text: `
    select u.user_id as "userId", count(*)::int as history
    from sona.users u
    join sona.events e using (user_key)
    group by u.user_id
    order by count(*) desc, u.user_id
    limit $1`,
  values: [3 * Number(flags.users)],
})
const popular = await database.query<{ itemId: string }>({
  text: `
    select i.item_id as "itemId"
    from sona.events e
    join sona.items i using (item_no)
    group by i.item_id
    order by count(*) desc, i.item_id
    limit $1`,
  values: [MOST_WATCHED],
})
const { dataset } = await corpusFromStore(store, Date.now())
console.log(`${dataset.userCount} users, ${dataset.start[dataset.userCount]} entries.`)

await store.adapters.due.setPolicy({ leastEvents: 1, pauseMs: 0 })
const trainer = await openAdapterTrainer(store, { memoryBudgetBytes: 2 ** 31 })
let now = Date.now()

/** What a viewer takes next, one after the other, in steps through what is popular. */
function taken({ userId }: Viewer, at: number, n: number, round: number): Event {
  const { itemId } = popular[(at * 31 + round * 11 + n * 7) % popular.length]!
  return {
    eventId: `bulk-${now}-${n}` as EventId,
    userId: userId as Event['userId'],
    itemId: itemId as Event['itemId'],
    kind: 'complete',
    completion: 1,
    rewatch: false,
    occurredAt: now + n * MINUTE,
    context: { device: n % 2 === 0 ? 'tv' : 'phone', timeZone: 'Europe/Berlin' },
  }
}

console.log(
  '| new events a user | users | mean history | lessons | users/s a core | events/s a core | ms of processor time a visit | this process, the server: ms a user | claim, read, lesson, learn, write |',
)
console.log('|--:|--:|--:|--:|--:|--:|--:|--:|---|')
const groups = [10, 1, 10, 50] // the first warms up
const size = Math.floor(viewers.length / 3)
for (const [at, events] of groups.entries()) {
  const some = viewers.filter((_, place) => place % 3 === Math.max(0, at - 1)).slice(0, size)
  now += 100 * MINUTE
  await store.events.append(
    some.flatMap((viewer, place) => Array.from({ length: events }, (_, n) => taken(viewer, place, n, at))),
  )
  const before = clock()
  const run = await trainDueAdapters(store, trainer)
  const after = clock()
  if (run.problems.length > 0) console.log(run.problems.join('\n'))
  const seconds = after.own - before.own + (after.server - before.server)
  const { claim, read, lesson, learn, write } = run.secondsOf
  const all = claim + read + lesson + learn + write
  const shares = [claim, read, lesson, learn, write].map((stage) => `${((100 * stage) / all).toFixed(1)} %`).join(', ')
  const history = some.reduce((sum, each) => sum + each.history, 0) / some.length
  if (at === 0) continue
  const cells = [
    events,
    run.users,
    history.toFixed(0),
    run.lessons,
    (run.users / seconds).toFixed(0),
    (run.events / seconds).toFixed(0),
    ((1_000 * seconds) / (run.lessons + run.passedOver)).toFixed(2),
    [after.own - before.own, after.server - before.server].map((each) => ((1_000 * each) / run.users).toFixed(2)).join(', '),
    shares,
  ]
  console.log(`| ${cells.join(' | ')} |`)
}
await trainer.close()
await database.close()
await store.close()
