/**
 * How long the thread that serves is held up while the whole catalogue is being encoded in the same process.
 *
 *   npx tsx bench/encode-lag.ts --home <home> [--database <url>] [--seconds 20] [--batch 32]
 *
 * The catalogue of the store is encoded anew by the encoder in use in <home>, as `sona serve` does it on the embedded database, while one search is asked after another. The lag is that of
 * a timer of 2 ms beside what it takes without the work, which is measured first.
 */
import { parseArgs } from 'node:util'
import { parseSearchRequest } from '../src/contract/search.js'
import { encodersInUse } from '../src/inference/encoders-in-use.js'
import { encodeCatalogue } from '../src/jobs/encode-catalogue.js'
import { createSona } from '../src/sona.js'
import { openStore } from '../src/storage/open.js'

const { values } = parseArgs({
  options: {
    home: { type: 'string', default: '.sona' },
    database: { type: 'string' },
    seconds: { type: 'string', default: '20' },
    batch: { type: 'string', default: '32' },
  },
})
const TIMER_MS = 2
const store = await openStore(values.database === undefined ? { home: values.home } : { databaseUrl: values.database })
const encoders = await encodersInUse({ home: values.home })
const current = encoders.current
if (current === undefined) throw new Error('There is no encoder: sona encoders train')
const sona = await createSona({ store, encoders, onProblem: (what, error) => console.error(what, error) })
const seconds = Number(values.seconds)

console.table([await lags('idle', async () => ''), await lags('encoding, and searches one after the other', work)])
await sona.close()
await encoders.close()
await store.close()

async function work(stop: AbortSignal): Promise<string> {
  const encoding = encodeCatalogue(store, current!, { which: 'all', batch: Number(values.batch), signal: stop })
  const milliseconds: number[] = []
  const words = ['blade runer', 'a boy sees ghosts', 'films with audrey hepburn', 'starwars', 'comedy about a wedding']
  while (!stop.aborted) {
    const parsed = parseSearchRequest({ q: words[milliseconds.length % words.length] })
    if (!parsed.ok) throw new Error('a search')
    const started = performance.now()
    await sona.search(parsed.value)
    milliseconds.push(performance.now() - started)
  }
  const { encoded } = await encoding
  const sorted = milliseconds.sort((a, b) => a - b)
  return `${encoded} items encoded, ${sorted.length} searches, p50 ${sorted[sorted.length >> 1]!.toFixed(1)} ms, p99 ${sorted[Math.floor(0.99 * sorted.length)]!.toFixed(1)} ms`
}

async function lags(what: string, during: (stop: AbortSignal) => Promise<string>): Promise<object> {
  const stop = new AbortController()
  const late: number[] = []
  let last = performance.now()
  const timer = setInterval(() => {
    const now = performance.now()
    late.push(Math.max(0, now - last - TIMER_MS))
    last = now
  }, TIMER_MS)
  const end = setTimeout(() => stop.abort(), seconds * 1000)
  const done = await during(stop.signal)
  if (!stop.signal.aborted) await new Promise((resolve) => stop.signal.addEventListener('abort', resolve, { once: true }))
  clearInterval(timer)
  clearTimeout(end)
  const sorted = Float64Array.from(late).sort()
  const quantile = (share: number): number => Number(sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(2))
  return { what, 'p50 ms': quantile(0.5), 'p99 ms': quantile(0.99), 'longest ms': quantile(1), done }
}
