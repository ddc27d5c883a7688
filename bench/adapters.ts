/**
 * What an adapter costs: training a user, applying it, its bytes, and the memory of many, beside what the arithmetic and the memory allow.
 *
 *   npx tsx bench/adapters.ts [--candidates 200] [--rounds 300]
 *
 * One thread; processor time, medians over rounds, with the 10 % and 90 % quantiles. Lists are made up, in the shape of the default plan's: what is measured does not
 * depend on what the numbers say. The floors are measured in the same run: multiply-adds at the rate of the kernels' dot product over
 * numbers in the cache (WebAssembly SIMD, 32-bit), bytes at the rate of a copy.
 */
import { parseArgs } from 'node:util'
import { type Adapter, emptyAdapter, type Lesson } from '../src/adapters/adapter.js'
import { adapterFormats, decodeAdapter, encodeAdapter } from '../src/adapters/codec.js'
import { fold } from '../src/adapters/fold.js'
import { shutGate } from '../src/adapters/gate.js'
import { study } from '../src/adapters/learn.js'
import { allCells, querySide } from '../src/adapters/query-side.js'
import { REPRESENTATIVES } from '../src/adapters/representatives.js'
import { adapterOptions, defaultPractice, type SharedTier } from '../src/adapters/tier.js'
import { trainAdapter } from '../src/adapters/train.js'
import { itemNo } from '../src/domain/ids.js'
import { createRandom } from '../src/domain/random.js'
import { createCatalogue } from '../src/features/catalogue.js'
import { createKernels } from '../src/math/kernels.js'
import { createArena } from '../src/math/memory.js'
import { effectsOf } from '../src/ranking/adapter-features.js'
import { simulateCatalogue } from '../src/simulation/catalogue.js'

const { values } = parseArgs({
  options: { candidates: { type: 'string', default: '200' }, rounds: { type: 'string', default: '300' } },
})
const ROUNDS = Number(values.rounds)
const CANDIDATES = Number(values.candidates)
const EVENTS = 50
const GENRES = 20
const RANKED = 57 // features of the default plan's ranker that tell candidates apart
const random = createRandom('bench/adapters')
const normals = (count: number, scale = 1): Float32Array => Float32Array.from({ length: count }, () => random.normal() * scale)

const items = Array.from(
  simulateCatalogue(2_000, { releasedUntil: Date.UTC(2026, 0, 1) }, createRandom('bench/catalogue')),
  (item, at) => ({
    itemNo: itemNo(at),
    item,
  }),
)
const catalogue = createCatalogue(items)
const features = [
  ...Array.from({ length: RANKED }, (_, at) => `source-${at}.z`),
  ...catalogue.labels.genres.names.slice(0, GENRES).map((genre) => `genre:${genre}`),
]
const d = features.length
const options = adapterOptions()
const tier = tierOf(options.rank)

function tierOf(rank: number): SharedTier {
  const size = allCells.length * rank
  const directions = normals(rank * d, 2 / Math.sqrt(d))
  return {
    space: {
      id: '0123456789abcdef',
      features,
      mean: new Float32Array(d),
      deviation: new Float32Array(d).fill(1),
      rank,
      directions,
      loadings: directions,
      cells: allCells,
      shape: { alpha: options.alpha, priorScale: options.priorScale, cellPrior: options.cellPrior, lists: 1_000 },
      priors: new Float32Array(size).fill(0.003),
    },
    scale: 1,
    base: normals(size, 0.02),
    precisions: new Float32Array(size),
    gate: { gain: 10, weight: 1_000 },
    practice: defaultPractice,
    version: 1,
  }
}

function lesson(): Lesson {
  return {
    base: normals(CANDIDATES),
    features: normals(CANDIDATES * d),
    weight: new Float32Array(CANDIDATES).fill(1),
    target: random.below(CANDIDATES),
    liking: random.next() < 0.1 ? -1 : 0.6,
    query: querySide(tier.space, { localHour: random.below(24), device: 'tv' }),
  }
}

/** Median, 10 % and 90 % quantile of a run's milliseconds of processor time: waiting for a busy core does not count. */
function timed(run: () => void, rounds = ROUNDS, repeat = 1): readonly [number, number, number] {
  for (let round = 0; round < rounds / 5; round++) run()
  const spent = Array.from({ length: rounds }, () => {
    const start = process.cpuUsage()
    for (let time = 0; time < repeat; time++) run()
    const { user, system } = process.cpuUsage(start)
    return (user + system) / 1_000 / repeat
  }).sort((a, b) => a - b)
  return [spent[Math.floor(rounds / 2)]!, spent[Math.floor(rounds / 10)]!, spent[Math.floor((9 * rounds) / 10)]!]
}

let sink = 0
const DOT = 4_096
const kernels = createKernels(createArena(2 ** 20))
const [x, y] = [kernels.arena.f32(DOT), kernels.arena.f32(DOT)]
x.set(normals(DOT))
y.set(normals(DOT))
const [dotMs] = timed(
  () => {
    sink += kernels.dot(x, y)
  },
  500,
  50,
)
const multiplyAddsPerMs = DOT / dotMs
const large = [normals(2 ** 22), new Float32Array(2 ** 22)] as const
const [copyMs] = timed(() => large[1].set(large[0]), 30)
const bytesPerMs = (2 * 4 * 2 ** 22) / copyMs

console.log(`\nOne thread, ${CANDIDATES} candidates, ${d} features, rank ${options.rank}, ${allCells.length} cells.`)
console.log(`Floors: ${(multiplyAddsPerMs / 1e6).toFixed(2)} G multiply-adds/s, ${(bytesPerMs / 1e6).toFixed(1)} GB/s.\n`)
console.log(
  '| what | median ms | 10 % … 90 % | bar ms | multiply-adds | their floor ms | bytes | their floor ms |\n|---|--:|--:|--:|--:|--:|--:|--:|',
)

interface Row {
  readonly name: string
  readonly bar?: number
  readonly work: number
  readonly bytes: number
  readonly run: () => void
  readonly repeat?: number
}

function report({ name, bar, work, bytes, run, repeat = 1 }: Row): void {
  const [median, low, high] = timed(run, ROUNDS, repeat)
  const cells = [
    name,
    median.toFixed(4),
    `${low.toFixed(4)} … ${high.toFixed(4)}`,
    bar === undefined ? '' : `${bar}`,
    work.toLocaleString('en'),
    (work / multiplyAddsPerMs).toFixed(4),
    bytes.toLocaleString('en'),
    (bytes / bytesPerMs).toFixed(4),
  ]
  console.log(`| ${cells.join(' | ')} |`)
}

const lessons = Array.from({ length: EVENTS }, (_, sequence) => ({ lesson: lesson(), sequence }))
const fresh = emptyAdapter(tier.space)
const trained = (): Adapter =>
  trainAdapter(
    fresh,
    lessons.map(({ lesson, sequence }) => ({ studied: study(lesson, tier), sequence })),
    [],
    tier,
  ).adapter
report({
  name: `training one user on ${EVENTS} events`,
  bar: 1,
  repeat: 4,
  work: EVENTS * Math.min(CANDIDATES, REPRESENTATIVES + 1) * options.rank * (d + 5),
  bytes: EVENTS * CANDIDATES * (d + 2) * 4,
  run: () => {
    sink += trained().values[0]!
  },
})

const adapter: Adapter = {
  ...trained(),
  gate: { gain: 2, weight: 30 },
  sharedGate: shutGate,
}
const rows = Uint32Array.from({ length: 500 }, (_, at) => at)
const names = [...features.slice(0, RANKED), 'user.entries', 'user.sinceLastDays', 'user.gapDays', 'user.breadth']
const table = { names, values: normals(500 * names.length) }
const query = querySide(tier.space, { localHour: 20, device: 'tv' })
report({
  name: 'folding the query side',
  work: allCells.length * options.rank + options.rank * d,
  bytes: 4 * (2 * allCells.length * options.rank + options.rank * d),
  repeat: 50,
  run: () => {
    sink += fold(tier, adapter, query)![0]!
  },
})
const weights = fold(tier, adapter, query)!
report({
  name: 'applying it to 500 candidates',
  bar: 0.1,
  repeat: 20,
  work: 500 * d,
  bytes: 500 * (names.length + 1) * 4,
  run: () => {
    sink += effectsOf(weights, tier.space, table, catalogue, rows)[0]!
  },
})
for (const format of adapterFormats) {
  const bytes = encodeAdapter(adapter, format)
  report({
    name: `encoding, ${format} (${bytes.length} bytes)`,
    work: 0,
    bytes: bytes.length,
    repeat: 20,
    run: () => {
      sink += encodeAdapter(adapter, format)[50]!
    },
  })
  report({
    name: `decoding, ${format}`,
    bar: 0.2,
    work: 0,
    bytes: bytes.length,
    repeat: 20,
    run: () => {
      sink += decodeAdapter(bytes).values[0]!
    },
  })
}

console.log('\n| rank | f32 bytes | f16 bytes | int8 bytes |\n|--:|--:|--:|--:|')
for (const rank of [1, 4, 8, 16, 32, 64]) {
  const empty = emptyAdapter(tierOf(rank).space)
  console.log(`| ${rank} | ${adapterFormats.map((format) => encodeAdapter(empty, format).length).join(' | ')} |`)
}

const MANY = 20_000
globalThis.gc?.()
const before = process.memoryUsage()
const stored = encodeAdapter(adapter, 'f16')
const kept = Array.from({ length: MANY }, () => decodeAdapter(stored))
globalThis.gc?.()
const after = process.memoryUsage()
const each = (after.heapUsed + after.arrayBuffers - before.heapUsed - before.arrayBuffers) / kept.length
console.log(
  `\nDecoded in memory: ${Math.round(each)} bytes an adapter (${kept.length} of them; run with --expose-gc for an exact figure).`,
)
if (Number.isNaN(sink)) console.log('not a number')
