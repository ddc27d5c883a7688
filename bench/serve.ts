/**
 * How fast a server answers: POST /v1/recommendations, 20 items with reasons, a different user each time.
 *
 *   tsx bench/serve.ts --home <dir> | --database <url>  [--users 6040] [--rate 200] [--seconds 20]
 *
 * The store must hold a trained catalogue whose users are named 1 … users (MovieLens). Three runs on one server: cold (each user
 * for the first time, so that the state is read from the database), warm at the fixed rate, and saturation. At the fixed rate
 * latency counts from when a request should have been sent (autocannon corrects for coordinated omission).
 */
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

const server = await startServer(where)
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

async function run(name: string, load: Partial<autocannon.Options>): Promise<Figures> {
  const result = await autocannon({
    url: `${server.address}/v1/recommendations`,
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    duration,
    requests: [
      {
        // A stride that shares no factor with the number of users visits each once before any comes again.
        setupRequest: (request) => ({
          ...request,
          body: JSON.stringify({ userId: String(1 + ((asked++ * 1_009) % users)), count: 20 }),
        }),
      },
    ],
    ...load,
  })
  const metrics = await server.metrics()
  return {
    run: name,
    'requests/s': Math.round(result.requests.average),
    'p50 ms': result.latency.p50,
    'p90 ms': result.latency.p90,
    'p99 ms': result.latency.p99,
    'max ms': result.latency.max,
    errors: result.errors + result.non2xx,
    'loop lag p99 ms': Number((1000 * metricOf(metrics, 'nodejs_eventloop_lag_p99_seconds')).toFixed(1)),
    'rss MiB': Math.round(metricOf(metrics, 'process_resident_memory_bytes') / 2 ** 20),
  }
}

try {
  console.table([
    await run(`${rate}/s, each user once`, { connections: 20, overallRate: rate, duration: Math.min(duration, users / rate) }),
    await run(`${rate}/s, users remembered`, { connections: 20, overallRate: rate }),
    await run('saturation, 8 connections', { connections: 8 }),
    await run('saturation, 32 connections', { connections: 32 }),
  ])
} finally {
  await server.stop()
}
