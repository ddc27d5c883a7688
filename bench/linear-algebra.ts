/**
 * Times the dense linear algebra beside the libraries that Python has for it, in turns, and compares what ALS learned:
 *
 *   python3 -m venv /tmp/peers && /tmp/peers/bin/pip install -r bench/peers/linear-algebra-requirements.txt
 *   npx tsx bench/linear-algebra.ts --data <MovieLens directory> --python /tmp/peers/bin/python [--rounds 5] [--only als|inverse]
 *       [--match <words in the names of what to time>]
 *
 * Data: the training part of leave-last-out. ALS: 64 factors and 15 sweeps of the same goal, as `implicit` has it (no scaling of the
 * regularisation). Inverse: XᵀX + 400·I, of one thread. The order is reversed each round; medians of CPU seconds of all threads, after
 * one round that is not counted.
 */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { createRandom } from '../src/domain/random.js'
import { type Fold, leaveLastOut } from '../src/evaluation/splits.js'
import { targetsOf } from '../src/evaluation/tasks.js'
import { emptyCatalogue } from '../src/features/catalogue.js'
import { restrictToActive } from '../src/features/dataset-builder.js'
import { interactionMatrix } from '../src/features/interactions.js'
import { openSource } from '../src/formats/source.js'
import { corpusFromFeed } from '../src/jobs/corpus.js'
import { type Csr, gram } from '../src/math/csr.js'
import { createKernels } from '../src/math/kernels.js'
import { createArena } from '../src/math/memory.js'
import { als } from '../src/models/als.js'

const FACTORS = 64
const SWEEPS = 15
const UNOBSERVED = 0.3
const REGULARIZATION = 12 // near what the default, which is scaled, comes to for a user of ml-1m
const RIDGE = 400

interface Seconds {
  readonly cpu: number
  readonly wall: number
}

interface Variant {
  readonly name: string
  run(): Promise<Seconds>
}

const { values: flags } = parseArgs({
  options: {
    data: { type: 'string', default: '../shared/data/ml-1m' },
    python: { type: 'string', default: 'python3' },
    rounds: { type: 'string', default: '5' },
    only: { type: 'string' },
    match: { type: 'string', default: '' },
  },
})
const now = Date.now()
const corpus = await corpusFromFeed(await openSource(`movielens:${flags.data}`, { now }), now)
const fold = leaveLastOut(corpus.dataset).validation
const data = restrictToActive(fold.train)
const touched = interactionMatrix(data, Int32Array.from(data.itemNos.keys()), data.itemCount, 'one')

const directory = await mkdtemp(join(tmpdir(), 'sona-linear-algebra-'))
const peer = await startPeer()
try {
  console.log(
    `${data.userCount} users, ${data.itemCount} items, ${touched.index.length} entries; Node ${process.versions.node}; ${peer.about}`,
  )
  if (flags.only !== 'inverse') {
    table(`ALS, ${FACTORS} factors, ${SWEEPS} sweeps`, await measure(alsVariants()))
    await compareQuality()
  }
  if (flags.only !== 'als') table(`Inverse of a ${data.itemCount} × ${data.itemCount} matrix`, await measure(inverseVariants()))
} finally {
  peer.end()
  await rm(directory, { recursive: true })
}

function alsVariants(): Variant[] {
  return [
    { name: 'sona, 3 steps of conjugate gradient', run: () => timed(() => trainAls(3)) },
    { name: 'sona, exact', run: () => timed(() => trainAls(0)) },
    ...[1, 2].flatMap((threads) =>
      ['cg', 'cholesky'].map((solver) => ({
        name: `implicit, ${solver === 'cg' ? '3 steps of conjugate gradient' : 'exact'}, ${threads} thread${threads > 1 ? 's' : ''}`,
        run: () => peer.ask<Seconds>({ task: 'als', solver, threads }),
      })),
    ),
  ]
}

function inverseVariants(): Variant[] {
  const kernels = createKernels(createArena(2 ** 30))
  const matrix = kernels.arena.f32(data.itemCount ** 2)
  const routines = { inv: 'numpy.linalg.inv', cho: 'scipy cho_factor + cho_solve', potri: 'LAPACK potrf + potri' }
  return [
    {
      name: 'sona, 32-bit',
      run: () => {
        gram(touched, matrix)
        for (let i = 0; i < data.itemCount; i++) matrix[i * data.itemCount + i] += RIDGE
        return timed(() => kernels.invertSpd(matrix, data.itemCount))
      },
    },
    ...Object.entries(routines).flatMap(([routine, name]) =>
      ['float32', 'float64'].map((precision) => ({
        name: `${name}, ${precision}`,
        run: () => peer.ask<Seconds>({ task: 'inverse', routine, precision }),
      })),
    ),
  ]
}

/** Item factors of the goal that `implicit` has too. */
function trainAls(solverSteps: number): Float32Array {
  const kernels = createKernels(createArena(2 ** 30))
  const options = {
    ...als.defaults,
    ...{ factors: FACTORS, sweeps: SWEEPS, solverSteps, unobservedWeight: UNOBSERVED },
    ...{ regularization: REGULARIZATION, regularizationExponent: 0 },
  }
  const run = { kernels, random: createRandom('bench/als'), catalogue: emptyCatalogue, checkpoint: () => {} }
  return als.train(data, options, run).save().arrays.itemFactors as Float32Array
}

async function timed(work: () => void): Promise<Seconds> {
  const cpu = process.cpuUsage()
  const wall = performance.now()
  work()
  const { user, system } = process.cpuUsage(cpu)
  return { cpu: (user + system) / 1e6, wall: (performance.now() - wall) / 1000 }
}

async function measure(all: readonly Variant[]): Promise<{ readonly name: string; readonly runs: readonly Seconds[] }[]> {
  const variants = all.filter(({ name }, at) => at === 0 || name.includes(flags.match)) // the first is what others are held against
  const measured = variants.map(({ name }) => ({ name, runs: [] as Seconds[] }))
  for (let round = -1; round < Number(flags.rounds); round++) {
    const order = [...variants.keys()]
    if (round % 2 !== 0) order.reverse()
    for (const at of order) {
      const seconds = await variants[at].run()
      console.error(`${variants[at].name}: ${seconds.cpu.toFixed(2)} s`)
      if (round >= 0) measured[at].runs.push(seconds)
    }
  }
  return measured
}

/** The first variant is ours: the last column is how much of the other's CPU time it takes. */
function table(title: string, measured: readonly { readonly name: string; readonly runs: readonly Seconds[] }[]): void {
  console.log(`\n| ${title} | CPU s, median | lowest to highest | wall s | first / this |\n|---|--:|--:|--:|--:|`)
  const cpuOf = (runs: readonly Seconds[]) => runs.map(({ cpu }) => cpu).sort((a, b) => a - b)
  const ours = median(cpuOf(measured[0].runs))
  for (const { name, runs } of measured) {
    const cpu = cpuOf(runs)
    const wall = median(runs.map(({ wall }) => wall).sort((a, b) => a - b))
    const range = `${cpu[0].toFixed(2)} – ${cpu[cpu.length - 1].toFixed(2)}`
    console.log(`| ${name} | ${median(cpu).toFixed(2)} | ${range} | ${wall.toFixed(2)} | ${(ours / median(cpu)).toFixed(2)} |`)
  }
}

function median(ascending: readonly number[]): number {
  return ascending[Math.floor(ascending.length / 2)]
}

/** NDCG@10 of the event after the training part, everything touched left out, nothing faded. */
async function compareQuality(): Promise<void> {
  console.log('\n| same goal, 15 sweeps | NDCG@10, validation |\n|---|--:|')
  for (const [name, steps] of [
    ['sona, conjugate gradient', 3],
    ['sona, exact', 0],
  ] as const) {
    const itemFactors = trainAls(steps)
    console.log(`| ${name} | ${ndcg(foldIn(itemFactors), itemFactors, fold).toFixed(4)} |`)
  }
  for (const solver of ['cg', 'cholesky']) {
    const file = join(directory, solver)
    await peer.ask({ task: 'als', solver, threads: 1, factors: file })
    await peer.next()
    const [users, items] = await Promise.all(['users', 'items'].map(async (side) => numbersIn(await readFile(`${file}.${side}`))))
    console.log(`| implicit, ${solver === 'cg' ? 'conjugate gradient' : 'exact'} | ${ndcg(users, items, fold).toFixed(4)} |`)
  }
}

/** The factors of all users, solved exactly. */
function foldIn(itemFactors: Float32Array): Float32Array {
  const { arena, factorGram, alsSolveRows } = createKernels(createArena(2 ** 28))
  const held = <T extends Float32Array | Uint32Array>(into: T, values: T): T => {
    into.set(values)
    return into
  }
  const fixed = held(arena.f32(itemFactors.length), itemFactors)
  const system = arena.f32(FACTORS ** 2)
  const out = arena.f32(data.userCount * FACTORS)
  factorGram(fixed, FACTORS, system)
  alsSolveRows({
    start: held(arena.u32(touched.start.length), touched.start),
    columns: held(arena.u32(touched.index.length), touched.index),
    confidence: arena.f32(touched.index.length).fill(1),
    regularization: arena.f32(data.userCount).fill(REGULARIZATION),
    ...{ fixed, gram: system, out, factors: FACTORS, unobservedWeight: UNOBSERVED },
  })
  return out
}

function ndcg(users: Float32Array, items: Float32Array, { tasks }: Fold): number {
  const row = new Map([...data.itemNos].map((itemNo, at) => [itemNo, at]))
  const scores = new Float64Array(data.itemCount)
  let sum = 0
  for (let task = 0; task < tasks.count; task++) {
    const user = tasks.users[task]
    for (let item = 0; item < data.itemCount; item++) {
      let score = 0
      for (let f = 0; f < FACTORS; f++) score += users[user * FACTORS + f] * items[item * FACTORS + f]
      scores[item] = score
    }
    for (let at = touched.start[user]; at < touched.start[user + 1]; at++) scores[touched.index[at]] = Number.NEGATIVE_INFINITY
    const target = row.get(corpus.dataset.itemNos[targetsOf(tasks, task)[0]])
    if (target === undefined) continue // nobody touched it in training: a miss
    const rank = scores.filter((score) => score > scores[target]).length
    if (rank < 10) sum += 1 / Math.log2(rank + 2)
  }
  return sum / tasks.count
}

function numbersIn(bytes: Buffer): Float32Array {
  return new Float32Array(bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length))
}

/** Entries of a matrix as rows, then columns. */
function pairsOf({ rows, start, index }: Csr): Int32Array {
  const pairs = new Int32Array(2 * index.length)
  for (let row = 0; row < rows; row++) pairs.fill(row, start[row], start[row + 1])
  pairs.set(index, index.length)
  return pairs
}

/** Settings that would choose another kernel than the processor's own are left out of its environment. */
async function startPeer() {
  const file = join(directory, 'interactions.i32')
  await writeFile(file, pairsOf(touched))
  const options = {
    ...{ factors: FACTORS, sweeps: SWEEPS, ridge: RIDGE },
    ...{ regularization: REGULARIZATION / UNOBSERVED, alpha: (1 + UNOBSERVED) / UNOBSERVED },
  }
  const { OPENBLAS_CORETYPE: _core, OPENBLAS_L2_SIZE: _size, ...env } = process.env
  const script = new URL('./peers/linear_algebra.py', import.meta.url).pathname
  const child = spawn(flags.python, [script, file, `${data.userCount}`, `${data.itemCount}`, JSON.stringify(options)], {
    env: { ...env, OPENBLAS_NUM_THREADS: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  const next = async <T>(): Promise<T> => {
    const { value, done } = await lines.next()
    if (done) throw new Error(`${flags.python} ended; are bench/peers/linear-algebra-requirements.txt installed?`)
    return JSON.parse(value) as T
  }
  const { numpy, scipy, blas } = await next<{ numpy: string; scipy: string; blas: string[] }>()
  return {
    about: `NumPy ${numpy}, SciPy ${scipy}, ${blas.join(', ')}`,
    next,
    ask<T>(task: object): Promise<T> {
      child.stdin.write(`${JSON.stringify(task)}\n`)
      return next<T>()
    },
    end: () => child.stdin.end(),
  }
}
