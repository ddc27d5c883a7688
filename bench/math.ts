/**
 * Times the numeric kernels beside their plain twins:  npx tsx bench/math.ts
 *
 * Variants take turns, in reversed order each round, so that a busy machine slows both; the table shows medians, of wall time and
 * of CPU time (which waiting for a busy core does not lengthen), and the work done per CPU second. The limits of one core to hold
 * that against: 8 multiply-adds a cycle for 128-bit SIMD without fused operations, and the bandwidth of memory.
 * The sparse matrix is drawn, in the shape of MovieLens-1M: 6,040 × 3,706 with 1,000,209 entries.
 */
import { createRandom, type Random } from '../src/domain/random.js'
import { type Csr, csrFromTriplets, gram, transpose } from '../src/math/csr.js'
import { type AlsHalfStep, createKernels, createPlainKernels, type Kernels } from '../src/math/kernels.js'
import { createArena } from '../src/math/memory.js'
import { topK } from '../src/math/top-k.js'

interface Variant {
  readonly name: string
  run(): void
}

interface Task {
  readonly name: string
  /** Multiply-adds, bytes or elements of one run, and what to call them. */
  readonly work: number
  readonly unit: 'GMAC/s' | 'GB/s' | 'M entries/s'
  readonly rounds: number
  /** Runs inside one measurement, for what is too short to time alone. */
  readonly repeat?: number
  /** Not measured: restores what a run overwrites. */
  prepare?(): void
  readonly variants: readonly Variant[]
}

const arena = createArena(2 ** 30)
const fast = createKernels(arena)
const plain = createPlainKernels(arena)
const random = createRandom('bench/math')

const users = 6040
const items = 3706
const entries = 1_000_209
const interactions = drawInteractions()

console.log('| task | variant | wall ms | CPU ms | rate |\n|---|---|--:|--:|--:|')
for (const task of [...vectorTasks(), ...denseTasks(600, [fast, plain]), ...denseTasks(items, [fast]), ...sparseTasks()]) {
  for (const line of measure(task)) console.log(line)
}
reportAccuracy()

function vectorTasks(): Task[] {
  const matrix = randomArray(items * items)
  const vector = randomArray(items)
  const out = arena.f32(items)
  const rows = arena.u32(200)
  for (let k = 0; k < rows.length; k++) rows[k] = random.below(items)
  const weights = randomArray(rows.length)
  const scores = randomArray(items)
  return [
    {
      name: `dot, ${items} numbers`,
      work: items * 8,
      unit: 'GB/s',
      rounds: 9,
      repeat: 1000,
      variants: both((kernels) => kernels.dot(vector, out)),
    },
    {
      name: `weightedRowSum, 200 rows × ${items}`,
      work: 200 * items * 4,
      unit: 'GB/s',
      rounds: 9,
      repeat: 50,
      variants: both((kernels) => kernels.weightedRowSum(matrix, items, rows, weights, out)),
    },
    {
      name: `matrixVector, ${items} × ${items}`,
      work: items * items * 4,
      unit: 'GB/s',
      rounds: 9,
      variants: both((kernels) => kernels.matrixVector(matrix, items, vector, out)),
    },
    {
      name: `top 20 of ${items}`,
      work: items,
      unit: 'M entries/s',
      rounds: 9,
      repeat: 100,
      variants: [
        { name: 'topK', run: () => topK(scores, undefined, 20) },
        { name: 'full sort', run: () => Array.from(scores.keys()).sort((a, b) => scores[b] - scores[a]) },
      ],
    },
  ]
}

function denseTasks(n: number, twins: readonly Kernels[]): Task[] {
  const matrix = arena.f32(n * n)
  plain.factorGram(randomArray(64 * n), n, matrix)
  for (let i = 0; i < n; i++) matrix[i * n + i] += 10
  const factor = arena.f32(n * n)
  factor.set(matrix)
  fast.cholesky(factor, n)
  const a = arena.f32(n * n)
  const shared = { unit: 'GMAC/s', rounds: 3, prepare: () => a.set(matrix) } as const
  const variants = (run: (kernels: Kernels) => void) => both(run).slice(0, twins.length)
  return [
    { ...shared, name: `cholesky, n = ${n}`, work: n ** 3 / 6, variants: variants((kernels) => kernels.cholesky(a, n)) },
    { ...shared, name: `invertSpd, n = ${n}`, work: n ** 3 / 2, variants: variants((kernels) => kernels.invertSpd(a, n)) },
    {
      ...shared,
      name: `solveCholesky, m = n = ${n}`,
      work: n ** 3,
      variants: variants((kernels) => kernels.solveCholesky(factor, n, a, n)),
    },
  ]
}

function sparseTasks(): Task[] {
  const out = new Float32Array(items * items)
  let pairs = 0
  for (let user = 0; user < users; user++) pairs += (interactions.start[user + 1] - interactions.start[user]) ** 2 / 2
  const factors = 64
  const u = arena.f32(users * factors)
  const v = randomArray(items * factors)
  const byUser = alsSide(interactions, v, u, factors)
  const byItem = alsSide(transpose(interactions), u, v, factors)
  const oneRow = firstRow(byUser, 165)
  return [
    {
      name: 'Gram matrix of the sparse matrix',
      work: pairs,
      unit: 'GMAC/s',
      rounds: 5,
      variants: [{ name: 'plain', run: () => gram(interactions, out) }],
    },
    {
      name: `ALS, both half-steps, ${factors} factors`,
      work: entries * factors ** 2 + ((users + items) * factors ** 3) / 6,
      unit: 'GMAC/s',
      rounds: 3,
      variants: both((kernels) => {
        kernels.alsHalfStep(byUser)
        kernels.alsHalfStep(byItem)
      }).slice(0, 1), // the plain twin takes half a minute; the fold-in below compares the two
    },
    {
      name: `ALS fold-in of one row, 165 entries, ${factors} factors`,
      work: (165 * factors ** 2) / 2 + factors ** 3 / 6,
      unit: 'GMAC/s',
      rounds: 9,
      repeat: 100,
      variants: both((kernels) => kernels.alsSolveRows(oneRow)),
    },
  ]
}

/** How far A·A⁻¹ is from I for the matrix that EASE inverts, Gram + 500·I, over a sample of columns in 64-bit. */
function reportAccuracy(): void {
  const a = new Float32Array(items * items)
  gram(interactions, a)
  for (let i = 0; i < items; i++) a[i * items + i] += 500
  const inverse = arena.f32(items * items)
  inverse.set(a)
  fast.invertSpd(inverse, items)
  let worst = 0
  let squares = 0
  const columns = Array.from({ length: 40 }, (_, c) => (c * 89) % items)
  for (const column of columns) {
    for (let i = 0; i < items; i++) {
      let sum = i === column ? -1 : 0
      for (let k = 0; k < items; k++) sum += a[i * items + k] * inverse[column * items + k]
      worst = Math.max(worst, Math.abs(sum))
      squares += sum * sum
    }
  }
  const norm = Math.sqrt(squares / columns.length)
  console.log(`\nEASE matrix (XᵀX + 500·I): |A·A⁻¹ − I| at most ${worst.toExponential(1)}, column norm ${norm.toExponential(1)}.`)
}

function both(run: (kernels: Kernels) => void): Variant[] {
  return [
    { name: 'wasm', run: () => run(fast) },
    { name: 'plain', run: () => run(plain) },
  ]
}

function measure(task: Task): string[] {
  const { name, work, unit, rounds, repeat = 1, prepare, variants } = task
  const wall = variants.map((): number[] => [])
  const cpu = variants.map((): number[] => [])
  for (let round = -1; round < rounds; round++) {
    const order = variants.map((_, i) => i)
    if (round % 2 !== 0) order.reverse()
    for (const i of order) {
      prepare?.()
      const cpuBefore = process.cpuUsage()
      const wallBefore = performance.now()
      for (let r = 0; r < repeat; r++) variants[i].run()
      if (round < 0) continue // warm-up
      wall[i].push((performance.now() - wallBefore) / repeat)
      cpu[i].push(process.cpuUsage(cpuBefore).user / 1000 / repeat)
    }
  }
  return variants.map((variant, i) => {
    const rate = (work / median(cpu[i]) / (unit.startsWith('G') ? 1e6 : 1e3)).toFixed(1)
    return `| ${name} | ${variant.name} | ${milliseconds(median(wall[i]))} | ${milliseconds(median(cpu[i]))} | ${rate} ${unit} |`
  })
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[values.length >> 1]
}

function milliseconds(value: number): string {
  return value >= 100 ? value.toFixed(0) : value.toPrecision(3)
}

function randomArray(length: number): Float32Array {
  const array = arena.f32(length)
  for (let i = 0; i < length; i++) array[i] = random.next() - 0.5
  return array
}

function alsSide(side: Csr, fixed: Float32Array, out: Float32Array, factors: number): AlsHalfStep {
  const held = (values: Uint32Array) => {
    const copy = arena.u32(values.length)
    copy.set(values)
    return copy
  }
  return {
    start: held(side.start),
    columns: held(side.index),
    confidence: arena.f32(side.value.length).fill(1),
    fixed,
    gram: arena.f32(factors * factors),
    out,
    factors,
    unobservedWeight: 0.1,
    regularization: arena.f32(side.rows).fill(5),
  }
}

/** A single row with the first entries of a whole side. */
function firstRow(args: AlsHalfStep, entries: number): AlsHalfStep {
  const start = arena.u32(2)
  start.set([0, entries])
  return {
    ...args,
    start,
    columns: args.columns.subarray(0, entries),
    confidence: args.confidence.subarray(0, entries),
    out: arena.f32(args.factors),
    regularization: args.regularization.subarray(0, 1),
  }
}

/** Activity is log-normal with the mean and spread of MovieLens-1M, popularity falls with rank; no entry twice. */
function drawInteractions(): Csr {
  const popularity = Float64Array.from({ length: items }, (_, i) => 1 / (i + 150) ** 1.2)
  const cumulative = popularity.map(
    (
      (sum) => (value) =>
        (sum += value)
    )(0),
  )
  const activity = Float64Array.from({ length: users }, () => Math.exp(random.normal()))
  const total = activity.reduce((sum, value) => sum + value, 0)
  const row: number[] = []
  const column: number[] = []
  for (let user = 0; user < users && row.length < entries; user++) {
    const wanted = Math.min(Math.ceil((activity[user] / total) * entries), entries - row.length, items / 2)
    const seen = new Set<number>()
    while (seen.size < wanted) seen.add(drawFrom(cumulative, random))
    for (const item of seen) {
      row.push(user)
      column.push(item)
    }
  }
  return csrFromTriplets(users, items, { row, column, value: new Float32Array(row.length).fill(1) })
}

function drawFrom(cumulative: Float64Array, random: Random): number {
  const target = random.next() * cumulative[cumulative.length - 1]
  let low = 0
  let high = cumulative.length - 1
  while (low < high) {
    const middle = (low + high) >>> 1
    if (cumulative[middle] > target) high = middle
    else low = middle + 1
  }
  return low
}
