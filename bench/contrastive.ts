/**
 * A contrastive objective for the content encoder beside the ridge regression that it ships with, by how new titles are ranked:
 *
 *   npx tsx bench/contrastive.ts --from movielens:<dir> [--metadata tmdb:<dir>] [--steps 1500]
 *
 * Both fill the 64 taste columns of the same table; the 448 content columns beside them, their share of the length, the folds (newest tenth
 * of the titles withheld) and the ranking (the mean of a user's titles weighed by engagement, cosine) are the same. The contrastive columns
 * learn from pairs of titles of one user, among the titles of the batch (van den Oord et al., "Representation Learning with Contrastive
 * Predictive Coding", 2018), with the batch's popularity taken off the logits (Yi et al., RecSys 2019), by Adam; from chance, and from the
 * ridge's own columns.
 */
import { parseArgs } from 'node:util'
import { createRandom } from '../src/domain/random.js'
import { type ContentEncoder, contentEncoderDefaults, encodeContent, fitContentEncoder } from '../src/encoders/content-encoder.js'
import { type ContentRows, contentRowsOf } from '../src/encoders/content-rows.js'
import type { Fold } from '../src/evaluation/splits.js'
import { historyOf, targetsOf } from '../src/evaluation/tasks.js'
import { entriesPerItem } from '../src/features/coverage.js'
import { openMetadata } from '../src/formats/metadata.js'
import { openSource } from '../src/formats/source.js'
import { corpusFromFeed } from '../src/jobs/corpus.js'
import { evaluationSplit } from '../src/jobs/evaluation-split.js'
import { textVectorsFor } from '../src/jobs/text-vectors.js'
import { has } from '../src/math/bitmap.js'
import { createKernels } from '../src/math/kernels.js'
import { createArena } from '../src/math/memory.js'
import { mixedProduct } from '../src/math/mixed-ridge.js'
import { withScratch } from '../src/math/scratch.js'

const { values: given } = parseArgs({
  options: {
    from: { type: 'string', default: 'movielens:../shared/data/ml-latest-small' },
    metadata: { type: 'string', multiple: true, default: [] },
    steps: { type: 'string', default: '1500' },
  },
})
const STEPS = Number(given.steps)
const PAIRS = 256
const TEMPERATURES = [0.1, 0.3]
const RATE = 0.003
const DECAY = 0.01
const AT = 20

const kernels = createKernels(createArena(2 ** 31))
const { arena } = kernels
const { dimensions, tasteDimensions: tastes, tasteShare } = contentEncoderDefaults
const now = Date.now()
const metadata = await Promise.all(given.metadata.map((name) => openMetadata(name)))
const corpus = await corpusFromFeed(await openSource(given.from, { now }), now, metadata)
const texts = textVectorsFor([{ algorithm: 'content' }], corpus.items, 1)
const split = evaluationSplit(corpus, { protocol: 'new-items', seed: 1 })
const table: object[] = []
for (const [name, fold] of [
  ['validation', split.validation],
  ['test', split.test],
] as const) {
  const rows = contentRowsOf(fold.train, corpus.catalogue, texts, kernels)
  const run = { kernels, random: createRandom(`${name}/ridge`), checkpoint: () => {} }
  const ridge = fitContentEncoder(fold.train, rows, contentEncoderDefaults, run)
  judge('ridge', ridge)
  for (const temperature of TEMPERATURES) {
    judge(`contrastive, τ ${temperature}, from chance`, contrasted(fold, rows, ridge, temperature, 'chance'))
    judge(`contrastive, τ ${temperature}, from the ridge`, contrasted(fold, rows, ridge, temperature, 'ridge'))
  }

  function judge(objective: string, encoder: ContentEncoder): void {
    const told = { fold: name, objective, ...amongNew(fold, rows, encoder) }
    console.log(JSON.stringify(told))
    table.push(told)
  }
}
console.table(table)

/** The ridge's table with other taste columns. */
function contrasted(
  fold: Fold,
  rows: ContentRows,
  ridge: ContentEncoder,
  temperature: number,
  start: 'chance' | 'ridge',
): ContentEncoder {
  const random = createRandom(`contrastive/${start}`)
  const inputs = ridge.table.length / dimensions
  const value = arena.f32(inputs * tastes)
  for (let at = 0; at < value.length; at++) {
    const own = ridge.table[Math.floor(at / tastes) * dimensions + (at % tastes)]!
    value[at] = start === 'ridge' ? own : 0.05 * random.normal()
  }
  const { items, start: starts, userCount } = fold.train
  const popularity = entriesPerItem(fold.train)
  const users = Array.from({ length: userCount }, (_, user) => user).filter((user) => starts[user + 1]! - starts[user]! > 1)
  const [gradient, mean, square] = [arena.f32(value.length), arena.f32(value.length), arena.f32(value.length)]
  const drawn = (user: number): number => items[starts[user]! + random.below(starts[user + 1]! - starts[user]!)]!
  for (let step = 1; step <= STEPS; step++) {
    const [left, right]: [number[], number[]] = [[], []]
    while (left.length < PAIRS) {
      const user = users[random.below(users.length)]!
      const [a, b] = [drawn(user), drawn(user)]
      if (a === b || rows.isKnown[a] === 0 || rows.isKnown[b] === 0) continue
      left.push(a)
      right.push(b)
    }
    addGradient(rows, value, left, right, popularity, temperature, gradient)
    kernels.adamStep({ value, gradient, mean, square, rate: RATE, decay: DECAY, beta1: 0.9, beta2: 0.99, steps: step })
  }
  const whole = arena.f32(ridge.table.length)
  whole.set(ridge.table)
  const scale = Math.sqrt(tasteShare / meanSquare(rows, value))
  for (let at = 0; at < value.length; at++) whole[Math.floor(at / tastes) * dimensions + (at % tastes)] = scale * value[at]!
  return { ...ridge, table: whole }
}

/** Of −log softmax over the batch, that a's partner is b and b's is a, the mean. */
function addGradient(
  rows: ContentRows,
  table: Float32Array,
  left: readonly number[],
  right: readonly number[],
  popularity: ArrayLike<number>,
  temperature: number,
  gradient: Float32Array,
): void {
  withScratch(arena, () => {
    const [a, b] = [projected(rows, table, left), projected(rows, table, right)]
    const size = PAIRS * tastes
    const [da, db] = [arena.f32(size), arena.f32(size)]
    const logits = arena.f32(PAIRS * PAIRS)
    for (const [own, other, down, otherDown, partners] of [
      [a, b, da, db, right],
      [b, a, db, da, left],
    ] as const) {
      kernels.product({
        a: own.unit,
        aLies: 'straight',
        b: other.unit,
        bLies: 'turned',
        inner: tastes,
        out: logits,
        mode: 'replace',
      })
      for (let i = 0; i < PAIRS; i++)
        softmaxLess(logits.subarray(i * PAIRS, (i + 1) * PAIRS), i, partners, popularity, temperature)
      kernels.product({ a: logits, aLies: 'straight', b: other.unit, bLies: 'straight', inner: PAIRS, out: down, mode: 'add' })
      kernels.product({ a: logits, aLies: 'turned', b: own.unit, bLies: 'straight', inner: PAIRS, out: otherDown, mode: 'add' })
    }
    backProjected(rows, left, a, da, gradient)
    backProjected(rows, right, b, db, gradient)
  })
}

/** p − (partner?) of one row of cosines, in place, times what the mean and the temperature leave of it. */
function softmaxLess(
  row: Float32Array,
  own: number,
  partners: readonly number[],
  popularity: ArrayLike<number>,
  temperature: number,
): void {
  let [most, sum] = [Number.NEGATIVE_INFINITY, 0]
  for (let j = 0; j < PAIRS; j++) {
    row[j] = row[j]! / temperature - Math.log(popularity[partners[j]!]! + 1)
    if (j !== own && partners[j] === partners[own]) row[j] = Number.NEGATIVE_INFINITY // the same title is no stranger
    most = Math.max(most, row[j]!)
  }
  for (let j = 0; j < PAIRS; j++) {
    row[j] = Math.exp(row[j]! - most)
    sum += row[j]!
  }
  for (let j = 0; j < PAIRS; j++) row[j] = (row[j]! / sum - (j === own ? 1 : 0)) / (2 * PAIRS * temperature)
}

interface Projected {
  readonly unit: Float32Array
  readonly lengths: Float64Array
}

function projected(rows: ContentRows, table: Float32Array, items: readonly number[]): Projected {
  const unit = arena.f32(PAIRS * tastes)
  const lengths = new Float64Array(PAIRS)
  items.forEach((item, at) => {
    const out = unit.subarray(at * tastes, (at + 1) * tastes)
    mixedProduct(rows, item, table, out, kernels)
    lengths[at] = Math.max(1e-6, Math.sqrt(kernels.dot(out, out)))
    for (let d = 0; d < tastes; d++) out[d] = out[d]! / lengths[at]!
  })
  return { unit, lengths }
}

/** Through the unit length, then zᵀ · gradient. */
function backProjected(
  rows: ContentRows,
  items: readonly number[],
  { unit, lengths }: Projected,
  down: Float32Array,
  gradient: Float32Array,
): void {
  const { dense, denseColumns, sparse } = rows
  const batch = arena.f32(PAIRS * denseColumns)
  items.forEach((item, at) => {
    const [u, d] = [unit.subarray(at * tastes, (at + 1) * tastes), down.subarray(at * tastes, (at + 1) * tastes)]
    const along = kernels.dot(u, d)
    for (let k = 0; k < tastes; k++) d[k] = (d[k]! - along * u[k]!) / lengths[at]!
    batch.set(dense.subarray(item * denseColumns, (item + 1) * denseColumns), at * denseColumns)
    for (let entry = sparse.start[item]!; entry < sparse.start[item + 1]!; entry++) {
      const from = (denseColumns + sparse.index[entry]!) * tastes
      kernels.axpy(sparse.value[entry]!, d, gradient.subarray(from, from + tastes))
    }
  })
  const forText = gradient.subarray(0, denseColumns * tastes)
  kernels.product({ a: batch, aLies: 'turned', b: down, bLies: 'straight', inner: PAIRS, out: forText, mode: 'add' })
}

function meanSquare(rows: ContentRows, table: Float32Array): number {
  return withScratch(arena, () => {
    const out = arena.f32(tastes)
    let [sum, known] = [0, 0]
    for (let item = 0; item < rows.isKnown.length; item++) {
      if (rows.isKnown[item] === 0) continue
      mixedProduct(rows, item, table, out, kernels)
      sum += kernels.dot(out, out)
      known++
    }
    return sum / known
  })
}

function amongNew({ tasks, withheld }: Fold, rows: ContentRows, encoder: ContentEncoder) {
  const { dataset } = corpus
  return withScratch(arena, () => {
    const vectors = arena.f32(dataset.itemCount * dimensions)
    const of = (item: number): Float32Array => vectors.subarray(item * dimensions, (item + 1) * dimensions)
    for (let item = 0; item < dataset.itemCount; item++) encodeContent(encoder, rows, item, of(item), kernels)
    const fresh = Array.from({ length: dataset.itemCount }, (_, item) => item).filter((item) => has(withheld!, item))
    const profile = arena.f32(dimensions)
    const [recalls, gains]: [Map<number, number[]>, Map<number, number[]>] = [new Map(), new Map()]
    for (let task = 0; task < tasks.count; task++) {
      const { items, engagement } = historyOf(dataset, tasks, task)
      profile.fill(0)
      items.forEach((item, k) => {
        if (rows.isKnown[item] === 1) kernels.axpy(engagement[k]!, of(item), profile)
      })
      const scored = fresh.map((item) => ({ item, score: rows.isKnown[item] === 1 ? kernels.dot(profile, of(item)) : -Infinity }))
      const best = scored.sort((x, y) => y.score - x.score).slice(0, AT)
      const targets = new Set(targetsOf(tasks, task))
      const gain = best.reduce((sum, { item }, place) => sum + (targets.has(item) ? 1 / Math.log2(place + 2) : 0), 0)
      const ideal = Array.from({ length: Math.min(AT, targets.size) }, (_, place) => 1 / Math.log2(place + 2))
      const user = tasks.users[task]!
      push(recalls, user, best.filter(({ item }) => targets.has(item)).length / targets.size)
      push(gains, user, gain / ideal.reduce((sum, each) => sum + each, 0))
    }
    return { 'recall@20': overUsers(recalls), 'NDCG@20': overUsers(gains), users: recalls.size }
  })
}

function push(lists: Map<number, number[]>, user: number, value: number): void {
  lists.set(user, [...(lists.get(user) ?? []), value])
}

function overUsers(lists: ReadonlyMap<number, readonly number[]>): number {
  const mean = (values: readonly number[]): number => values.reduce((sum, each) => sum + each, 0) / values.length
  return Number(mean([...lists.values()].map(mean)).toFixed(4))
}
