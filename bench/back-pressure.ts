/**
 * What training costs the answers: POST /v1/recommendations at a fixed rate, while nothing else is done and while the server's own worker
 * trains, in turns on one server.
 *
 *   tsx bench/back-pressure.ts --home <dir> | --database <url>  [--plan <file>] [--users 943] [--rate 20] [--seconds 15] [--rounds 5]
 *
 * The store must hold a trained catalogue whose users are named 1 … users (MovieLens). With --database the worker is a process of its own,
 * with --home it is in the server's. Each round measures both, in an order that is turned round each time; a job that
 * trains all models anew is asked for over the API and cancelled afterwards. The rate is an open loop: a late answer is charged with all of its lateness.
 * The bar: the median over rounds of the p99 while training is at most twice that of the p99 while not.
 */
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { post, startServer } from './running-server.js'

const { values } = parseArgs({
  options: {
    home: { type: 'string' },
    database: { type: 'string' },
    plan: { type: 'string' },
    users: { type: 'string', default: '943' },
    rate: { type: 'string', default: '20' },
    seconds: { type: 'string', default: '15' },
    rounds: { type: 'string', default: '5' },
  },
})
const [users, rate, seconds, rounds] = [values.users, values.rate, values.seconds, values.rounds].map(Number)
const where = values.database === undefined ? ['--home', values.home ?? '.sona'] : ['--database', values.database]
const server = await startServer([...where, ...(values.plan === undefined ? [] : ['--plan', values.plan])])
const { address } = server
const agent = new Agent({ keepAlive: true, maxSockets: 64 })
let asked = 0

interface Job {
  readonly id: string
  readonly state: string
  readonly stage: string
}

function ask(): Promise<number | undefined> {
  const body = JSON.stringify({ userId: String(1 + ((asked++ * 1_009) % users)), count: 20 })
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' }
    const sent = request(`${address}/v1/recommendations`, { method: 'POST', headers, agent }, (response) => {
      response.on('data', () => {})
      response.on('end', () => resolve(response.statusCode))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** Milliseconds of each answer, from when it was due; ascending. */
async function latencies(): Promise<readonly number[]> {
  const taken: number[] = []
  const pending: Promise<void>[] = []
  const started = performance.now()
  for (let n = 0; n < rate * seconds; n++) {
    const dueMs = (1000 * n) / rate
    const waitMs = dueMs - (performance.now() - started)
    if (waitMs > 0) await sleep(waitMs)
    pending.push(
      ask().then((status) => {
        if (status !== 200) throw new Error(`an answer had status ${status}`)
        taken.push(performance.now() - started - dueMs)
      }),
    )
  }
  await Promise.all(pending)
  return taken.sort((a, b) => a - b)
}

async function jobOf(id: string): Promise<Job> {
  return (await (await fetch(`${address}/v1/jobs/${id}`)).json()) as Job
}

async function whileTraining(): Promise<{ readonly taken: readonly number[]; readonly stages: string }> {
  const { id } = (await post(address, '/v1/jobs', { kind: 'train', input: { start: 'anew' } })) as { id: string }
  while (!((await jobOf(id)).stage !== '' && (await jobOf(id)).state === 'running')) await sleep(200)
  const before = await jobOf(id)
  const taken = await latencies()
  const after = await jobOf(id)
  if (after.state === 'running') await fetch(`${address}/v1/jobs/${id}/cancel`, { method: 'POST' })
  else if (after.state !== 'done') throw new Error(`the training became ${after.state}`)
  await sleep(5_000) // until it has stopped
  return { taken, stages: `${before.stage} … ${after.state === 'done' ? 'done' : after.stage}` }
}

const quantile = (sorted: readonly number[], share: number): number => sorted[Math.floor(share * (sorted.length - 1))]
const median = (numbers: readonly number[]): number =>
  quantile(
    [...numbers].sort((a, b) => a - b),
    0.5,
  )

const table: { round: number; while: string; 'p50 ms': number; 'p99 ms': number; 'max ms': number }[] = []
function row(round: number, what: string, taken: readonly number[]): void {
  const [p50, p99, max] = [0.5, 0.99, 1].map((share) => Number(quantile(taken, share).toFixed(1)))
  table.push({ round, while: what, 'p50 ms': p50, 'p99 ms': p99, 'max ms': max })
}

try {
  await latencies() // the first seconds belong to the compiler
  for (let round = 1; round <= rounds; round++) {
    const quiet = async (): Promise<void> => row(round, 'idle', await latencies())
    const busy = async (): Promise<void> => {
      const { taken, stages } = await whileTraining()
      row(round, `training: ${stages}`, taken)
    }
    for (const measure of round % 2 === 0 ? [busy, quiet] : [quiet, busy]) await measure()
  }
  console.table(table)
  const p99 = (isIdle: boolean): number =>
    median(table.filter((each) => (each.while === 'idle') === isIdle).map((each) => each['p99 ms']))
  console.log(
    `p99, median of ${rounds} rounds: idle ${p99(true)} ms, training ${p99(false)} ms, ${(p99(false) / p99(true)).toFixed(2)} times`,
  )
} finally {
  await server.stop()
}
