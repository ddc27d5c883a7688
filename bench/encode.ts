/**
 * Times encoding texts beside Python's ONNX Runtime on the same model file, batches and threads, tokenising included, in turns:
 *
 *   python3 -m venv /tmp/encode && /tmp/encode/bin/pip install -r bench/peers/encode-requirements.txt
 *   npm run build && npx tsx bench/encode.ts --encoder <home>/encoders/<version> --data <MovieLens directory> --metadata <TMDB directory>
 *       --python /tmp/encode/bin/python [--texts 512] [--rounds 5] [--threads 2] [--batch 32]
 *
 * The texts are titles and descriptions of films, of a few words up to the model's limit. The order is reversed each round; medians,
 * with the raw values, after one round that is not counted. CPU seconds are those of all threads: on a busy machine, with one thread, they
 * tell more than the wall's. Then single titles, and how late timers of the main thread are meanwhile.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import type { Encoders } from '../src/inference/encoder.js'
import { readManifest } from '../src/inference/manifest.js'
import { openEncoders } from '../src/inference/open-encoders.js'
import { filmItems } from './film-items.js'

const { values: flags } = parseArgs({
  options: {
    encoder: { type: 'string' },
    data: { type: 'string', default: '../shared/data/ml-latest-small' },
    metadata: { type: 'string', default: '../shared/data/meta-tmdb' },
    python: { type: 'string', default: 'python3' },
    texts: { type: 'string', default: '512' },
    rounds: { type: 'string', default: '5' },
    threads: { type: 'string', default: String(availableParallelism()) },
    batch: { type: 'string', default: '32' },
  },
})
const directory = flags.encoder
if (directory === undefined) throw new Error('Name the encoder: --encoder <home>/encoders/<version>.')
const threads = Number(flags.threads)
const batch = Number(flags.batch)
const rounds = Number(flags.rounds)
const PATIENCE = { deadlineMs: 600_000 }

interface Variant {
  readonly name: string
  run(): Promise<Timed>
}

interface Timed {
  readonly ms: number
  /** Of all threads of the process. */
  readonly cpuMs: number
  /** The vector of the first text, so that nobody is fast at something else. */
  readonly first: readonly number[]
}

const { text } = await readManifest(directory)
const texts = await someTexts(Number(flags.texts))
const scratch = await mkdtemp(join(tmpdir(), 'sona-encode-'))
const peer = await startPeer()
const same = await openEncoders(directory, { threads, mostRows: batch, mostTokens: Number.MAX_SAFE_INTEGER, rememberedTexts: 1 })
const own = await openEncoders(directory, { threads, rememberedTexts: 1 })
try {
  const characters = texts.reduce((sum, { length }) => sum + length, 0) / texts.length
  console.log(`${texts.length} texts of ${Math.round(characters)} characters on average, ${threads} threads; ${peer.about}`)
  await compareAll()
  await compareSingle()
  await lagOfTheMainThread()
} finally {
  peer.end()
  await Promise.all([same.close(), own.close()])
  await rm(scratch, { recursive: true })
}

async function compareAll(): Promise<void> {
  const variants: readonly Variant[] = [
    { name: `python, batches of ${batch}`, run: () => peer.ask({ task: 'all', batch }) },
    { name: `sona, batches of ${batch}`, run: () => timed(same) },
    { name: 'sona, its own batches', run: () => timed(own) },
  ]
  const times = await inTurns(variants)
  const wall = (name: string): number => median(times.get(name)!.map(({ ms }) => ms))
  const cpu = (name: string): number => median(times.get(name)!.map(({ cpuMs }) => cpuMs))
  const python = variants[0]!.name
  console.table(
    variants.map(({ name }) => ({
      name,
      'texts/s': Math.round((1_000 * texts.length) / wall(name)),
      'beside python': (wall(python) / wall(name)).toFixed(2),
      'CPU beside python': (cpu(python) / cpu(name)).toFixed(2),
      'raw wall seconds': times
        .get(name)!
        .map(({ ms }) => (ms / 1_000).toFixed(2))
        .join(' '),
      'raw CPU seconds': times
        .get(name)!
        .map(({ cpuMs }) => (cpuMs / 1_000).toFixed(2))
        .join(' '),
    })),
  )
}

async function inTurns(variants: readonly Variant[]): Promise<ReadonlyMap<string, readonly Timed[]>> {
  const times = new Map<string, Timed[]>(variants.map(({ name }) => [name, []]))
  let first: readonly number[] | undefined
  for (let round = 0; round <= rounds; round++) {
    for (const { name, run } of round % 2 === 0 ? variants : [...variants].reverse()) {
      const result = await run()
      first ??= result.first
      const difference = Math.max(...first.map((value, place) => Math.abs(value - result.first[place]!)))
      if (!(difference < 1e-4)) throw new Error(`${name} gives other vectors: they differ by ${difference}.`)
      if (round > 0) times.get(name)!.push(result)
    }
  }
  return times
}

async function compareSingle(): Promise<void> {
  const titles = texts.map((each) => each.split('. ')[0]!).slice(0, 300)
  const raw = { python: [] as number[], sona: [] as number[] }
  for (const [place, title] of titles.entries()) {
    const { ms } = await peer.ask({ task: 'one', text: title })
    const started = performance.now()
    await own.encodeTexts([title])
    if (place < 20) continue
    raw.python.push(ms)
    raw.sona.push(performance.now() - started)
  }
  console.table(Object.entries(raw).map(([name, ms]) => ({ 'one title': name, ...quantiles(ms) })))
}

async function lagOfTheMainThread(): Promise<void> {
  const delays: number[] = []
  let due = performance.now() + 5
  const timer = setInterval(() => {
    delays.push(Math.max(0, performance.now() - due))
    due = performance.now() + 5
  }, 5)
  await own.encodeTexts(texts, PATIENCE)
  clearInterval(timer)
  console.table([{ 'lateness of a 5 ms timer while all are encoded': 'main thread', ...quantiles(delays) }])
}

async function timed(encoders: Encoders): Promise<Timed> {
  const started = performance.now()
  const before = process.cpuUsage()
  const { values, dimensions } = await encoders.encodeTexts(texts, PATIENCE)
  const { user, system } = process.cpuUsage(before)
  return { ms: performance.now() - started, cpuMs: (user + system) / 1_000, first: [...values.subarray(0, dimensions)] }
}

/** Evenly from the whole catalogue. */
async function someTexts(count: number): Promise<readonly string[]> {
  const items = await filmItems(flags.data, flags.metadata)
  return Array.from({ length: count }, (_, place) => {
    const { title, description } = items[Math.floor((place * items.length) / count)]!
    return description === undefined ? title : `${title}. ${description}`
  })
}

async function startPeer() {
  const file = join(scratch, 'texts.json')
  await writeFile(file, JSON.stringify(texts))
  const script = join(import.meta.dirname, 'peers/encode.py')
  const child = spawn(flags.python, [script, directory!, file, String(text.mostTokens), String(threads)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async (): Promise<string> => {
    const { value, done } = await lines.next()
    if (done === true) throw new Error('The Python half ended.')
    return value
  }
  return {
    about: await next(),
    async ask(task: object): Promise<Timed> {
      child.stdin.write(`${JSON.stringify(task)}\n`)
      return JSON.parse(await next()) as Timed
    },
    end: () => child.stdin.end(),
  }
}

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2
}

function quantiles(ms: readonly number[]) {
  const sorted = Float64Array.from(ms).sort()
  const at = (share: number): string => sorted[Math.floor(share * (sorted.length - 1))]!.toFixed(1)
  return { count: ms.length, 'p50 ms': at(0.5), 'p99 ms': at(0.99) }
}
