/**
 * Do killed trainers lose, double or halve anything? Two processes train 20,000 users who are due; one of them gets SIGKILL every ten seconds
 * until nobody is due. Then every user must have learned from each of their events exactly once.
 *
 *   npm run build && npx tsx bench/adapter-crash.ts --database <url of a database of its own> [--users 20000] [--workers 2]
 *     [--kill-every 10] [--latecomers 2000] [--most-minutes 20] [--through-queue] [--silent-after 30]
 *
 * With --through-queue the two are `sona worker`s, as an operator starts them, and take jobs from the queue; else they do nothing but train.
 * Without --database, SONA_TEST_DATABASE_URL; without that either, nothing is done. Exit code 1 when anything is wrong with any user.
 */
import { parseArgs } from 'node:util'
import { jobLines } from '../src/jobs/kinds/index.js'
import { openStore } from '../src/storage/open.js'
import { drainUnderFire } from '../test/crash/drain-under-fire.js'
import { queueWorkers, startTrainer } from '../test/crash/training-processes.js'
import { freshDatabase, serverUrl } from '../test/storage/fresh-database.js'

const { values: flags } = parseArgs({
  options: {
    database: { type: 'string' },
    users: { type: 'string', default: '20000' },
    workers: { type: 'string', default: '2' },
    'kill-every': { type: 'string', default: '10' },
    latecomers: { type: 'string', default: '2000' },
    'most-minutes': { type: 'string', default: '20' },
    'through-queue': { type: 'boolean', default: false },
    'silent-after': { type: 'string', default: '30' },
  },
})

if (flags.database === undefined && serverUrl === undefined) {
  console.log('Neither --database nor SONA_TEST_DATABASE_URL names a server: killed trainers are not tried.')
} else {
  const own = flags.database === undefined ? await freshDatabase() : { url: flags.database, drop: async () => {} }
  const store = await openStore({ databaseUrl: own.url })
  await store.jobs.declare(jobLines)
  const workers = queueWorkers(own.url, store, Number(flags['silent-after']))
  const { seconds, kills, events, versions, faults } = await drainUnderFire({
    databaseUrl: own.url,
    users: Number(flags.users),
    workers: Number(flags.workers),
    killEveryMs: Number(flags['kill-every']) * 1_000,
    start: flags['through-queue'] ? workers.start : () => startTrainer(own.url, 64, 5_000),
    latecomers: Number(flags.latecomers),
    longestMs: Number(flags['most-minutes']) * 60_000,
  })
  if (flags['through-queue']) {
    const after = workers.takenOverAfter.map((each) => each.toFixed(1)).join(', ')
    console.log(`Jobs of killed workers were taken over after ${after} s`)
    const totals = (await store.jobs.totals()).filter(({ kind }) => kind === 'adapters')
    console.log(`Runs: ${totals.map(({ outcome, runs }) => `${runs} ${outcome}`).join(', ')}`)
  }
  await workers.end()
  await store.close()
  console.log(`${flags.users} users with ${events} events in ${seconds.toFixed(0)} s, under ${kills} kills: ${versions} versions`)
  for (const fault of faults.slice(0, 20)) console.log(fault)
  console.log(faults.length === 0 ? 'Every event was learned from exactly once.' : `${faults.length} faults`)
  if (faults.length > 0) process.exitCode = 1
  else await own.drop()
}
