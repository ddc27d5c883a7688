/**
 * How fast a server answers: POST /v1/recommendations, 20 items with reasons, a different user each time.
 *
 *   tsx bench/serve.ts --home <dir> | --database <url>  [--users 6040] [--rate 200] [--seconds 20]
 *
 * The store must hold a trained catalogue whose users are named 1 … users (MovieLens). Five runs on one server: the seconds after its start;
 * each user for the first time, so that the state is read from the database; users who are remembered; saturation with few and with many connections.
 *
 * The fixed rate is an open loop with even gaps, and latency counts from when a request was due, sent or not: a server that
 * stalls is charged for everybody who had to wait (no coordinated omission). Saturation is a closed loop (autocannon).
 */
import { Agent, request } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import autocannon from 'autocannon'
import { metricOf, startServer } from './running-server.js'

const { values } = parseArgs({
  options: {
    home: { type: 'string' },
    database: { type: 'string' },
    users: { type: 'string', default: '6040' },
    rate: { type: 'string', default: '200' },
    seconds: { type: 'string', default: '20' },
  },
})
const users = Number(values.users)
const rate = Number(values.rate)
const duration = Number(values.seconds)
const where = values.database === undefined ? ['--home', values.home ?? '.sona'] : ['--database', values.database]

const server = await startServer(['--no-worker', ...where])
const url = `${server.address}/v1/recommendations`
const headers = { 'content-type': 'application/json' }
const agent = new Agent({ keepAlive: true, maxSockets: 64 })
let asked = 0

interface Figures {
  readonly run: string
  readonly 'requests/s': number
  readonly 'p50 ms': number
  readonly 'p90 ms': number
  readonly 'p99 ms': number
  readonly 'max ms': number
  readonly errors: number
  readonly 'loop lag p99 ms': number
  readonly 'rss MiB': number
}

const nextBody = (): string => JSON.stringify({ userId: String(1 + ((asked++ * 1_009) % users)), count: 20 })

/** By node:http, since fetch takes as much of the processor as the server does, and both share the machine. */
function send(body: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { method: 'POST', headers, agent }, (response) => {
      response.on('data', () => {})
      response.on('end', () => resolve(response.statusCode))
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** One request every 1000 / rate ms, each as long as it takes. */
async function atFixedRate(run: string, seconds: number): Promise<Figures> {
  const latencies: number[] = []
  const pending: Promise<void>[] = []
  let errors = 0
  const started = performance.now()
  const ask = async (dueMs: number): Promise<void> => {
    const status = await send(nextBody())
    if (status === 200) latencies.push(performance.now() - started - dueMs)
    else errors++
  }
  for (let n = 0; n < rate * seconds; n++) {
    const dueMs = (1000 * n) / rate
    const waitMs = dueMs - (performance.now() - started)
    if (waitMs > 0) await sleep(waitMs)
    pending.push(ask(dueMs).catch(() => void errors++))
  }
  await Promise.all(pending)
  latencies.sort((a, b) => a - b)
  const quantile = (share: number): number => Number(latencies[Math.floor(share * (latencies.length - 1))].toFixed(1))
  return figures(run, latencies.length / ((performance.now() - started) / 1000), errors, quantile)
}

async function atSaturation(run: string, connections: number): Promise<Figures> {
  const requests = [{ setupRequest: (asking: autocannon.Request) => ({ ...asking, body: nextBody() }) }]
  const result = await autocannon({ url, method: 'POST', headers, duration, connections, requests })
  const { p50, p90, p99, max } = result.latency
  const quantile = (share: number): number => (share === 1 ? max : share === 0.5 ? p50 : share === 0.9 ? p90 : p99)
  return figures(run, result.requests.average, result.errors + result.non2xx, quantile)
}

async function figures(run: string, rps: number, errors: number, quantile: (share: number) => number): Promise<Figures> {
  const metrics = await server.metrics()
  return {
    run,
    'requests/s': Math.round(rps),
    'p50 ms': quantile(0.5),
    'p90 ms': quantile(0.9),
    'p99 ms': quantile(0.99),
    'max ms': quantile(1),
    errors,
    'loop lag p99 ms': Number((1000 * metricOf(metrics, 'nodejs_eventloop_lag_p99_seconds')).toFixed(1)),
    'rss MiB': Math.round(metricOf(metrics, 'process_resident_memory_bytes') / 2 ** 20),
  }
}

try {
  console.table([
    await atFixedRate(`${rate}/s, first 5 s after the start`, 5),
    await atFixedRate(`${rate}/s, each user for the first time`, Math.min(duration, users / rate - 5)),
    await atFixedRate(`${rate}/s, users remembered`, duration),
    await atSaturation('saturation, 8 connections', 8),
    await atSaturation('saturation, 32 connections', 32),
  ])
} finally {
  await server.stop()
}
