// STAND-IN until the other branch has it.
import type { Lesson } from '../adapters/adapter.js'
import { shutGate } from '../adapters/gate.js'
import { logLikelihood, viewOf } from '../adapters/likelihood.js'
import { allCells, querySide } from '../adapters/query-side.js'
import { learnShared } from '../adapters/shared.js'
import { defaultPractice, type FeatureSpace, type SharedTier } from '../adapters/tier.js'
import { createRandom } from '../domain/random.js'
import { circumstancesAt } from '../features/entry-details.js'
import { symmetricEigen } from '../math/symmetric-eigen.js'
import { genreFeatures, tellsApart } from '../ranking/adapter-features.js'
import { decodeArtifact } from '../storage/artifact-codec.js'
import type { RankingOptions } from '../world/ranking-model.js'
import type { LearnRankerOptions } from './learn-ranker.js'
import { openSheets, type SheetsLesson } from './lesson-sheets.js'
import type { Sheet } from './lesson-sheets-thread.js'
import { inOrderOfTime } from './prequential-split.js'

const RANK = 8

/** The item side's features: what the ranker looks at and tells candidates apart, and the frequent genres. */
export function featuresFor({ ranker, catalogue }: SheetsLesson): readonly string[] {
  const { features } = decodeArtifact(ranker.bytes).header.options as unknown as RankingOptions
  return [...features.filter(tellsApart), ...genreFeatures(catalogue.labels.genres, 24)]
}

export async function learnTier(
  lesson: SheetsLesson,
  options: LearnRankerOptions,
): Promise<{ tier: SharedTier; description: string }> {
  const { tasks, dataset } = lesson
  const features = featuresFor(lesson)
  const sheets = openSheets(lesson, { ...options, crossed: true, features })
  const random = createRandom('tier')
  const order = inOrderOfTime(tasks).slice(0, 8000)
  const kept: { user: number; sheet: Sheet; weight: Float32Array; query: Float32Array; liking: number }[] = []
  let width = 0
  try {
    for (let from = 0; from < order.length; from += 512) {
      for (const sheet of await sheets.of(order.subarray(from, from + 512))) {
        if (sheet.target < 0) continue
        const n = sheet.base.length
        width = sheet.features.length / n
        const places: number[] = []
        const weight: number[] = []
        for (let i = 0; i < n; i++) {
          const hard = i < 30 || i === sheet.target
          if (hard || random.next() < 0.15) {
            places.push(i)
            weight.push(hard ? 1 : 1 / 0.15)
          }
        }
        const entry = tasks.targetEntries[tasks.targetStart[sheet.task]]
        kept.push({
          user: tasks.users[sheet.task],
          weight: Float32Array.from(weight),
          query: querySide({ cells: allCells }, circumstancesAt(dataset.details, entry)),
          liking: dataset.details?.liking[entry] ?? dataset.engagement[entry],
          sheet: {
            ...sheet,
            base: Float32Array.from(places, (i) => sheet.base[i]),
            features: Float32Array.from(places.flatMap((i) => [...sheet.features.subarray(i * width, (i + 1) * width)])),
            target: places.indexOf(sheet.target),
          },
        })
      }
      options.onProgress?.('Asking for the adapters', Math.min(order.length, from + 512), order.length)
    }
  } finally {
    await sheets.close()
  }
  const mean = new Float32Array(width)
  const deviation = new Float32Array(width).fill(1)
  for (let f = 0; f < width; f++) {
    let [n, s, q] = [0, 0, 0]
    for (const { sheet } of kept) {
      for (let at = f; at < sheet.features.length; at += width) {
        const v = sheet.features[at]
        if (Number.isNaN(v)) continue
        n++
        s += v
        q += v * v
      }
    }
    if (n > 0) {
      mean[f] = s / n
      deviation[f] = Math.sqrt(Math.max(0, q / n - mean[f] ** 2)) || 1
    }
  }
  const lessons = kept.map(({ sheet, weight, query, liking, user }) => ({
    user,
    lesson: {
      base: sheet.base,
      features: normalised(sheet.features, mean, deviation),
      weight,
      target: sheet.target,
      liking,
      query,
    } satisfies Lesson,
  }))
  let scale = 1
  let best = Number.NEGATIVE_INFINITY
  for (let trial = 0.3; trial < 3; trial *= 1.15) {
    let sum = 0
    for (const { lesson } of lessons)
      sum += logLikelihood(viewOf({ ...lesson, liking: 1 }, trial), new Float64Array(lesson.base.length))
    if (sum > best) [best, scale] = [sum, trial]
  }
  const F = new Float64Array(width * width)
  const grads = new Map<number, { e: Float64Array; query: Float32Array }[]>()
  for (const { user, lesson } of lessons) {
    const { base } = viewOf(lesson, scale)
    const m = new Float64Array(width)
    for (let i = 0; i < base.length; i++) for (let f = 0; f < width; f++) m[f] += base[i] * lesson.features[i * width + f]
    for (let i = 0; i < base.length; i++) {
      for (let f = 0; f < width; f++) {
        const a = base[i] * (lesson.features[i * width + f] - m[f])
        for (let g = 0; g <= f; g++) F[f * width + g] += (a * (lesson.features[i * width + g] - m[g])) / lessons.length
      }
    }
    const e = new Float64Array(width)
    for (let f = 0; f < width; f++) e[f] = lesson.features[lesson.target * width + f] - m[f]
    const own = grads.get(user) ?? []
    grads.set(user, own)
    own.push({ e, query: lesson.query })
  }
  for (let f = 0; f < width; f++) for (let g = f + 1; g < width; g++) F[f * width + g] = F[g * width + f]
  for (let f = 0; f < width; f++) F[f * width + f] += 0.02
  const { values, vectors } = symmetricEigen(F, width)
  const white = new Float64Array(width * width) // F^-1/2
  for (let k = 0; k < width; k++) {
    for (let f = 0; f < width; f++)
      for (let g = 0; g < width; g++)
        white[f * width + g] += (vectors[k * width + f] * vectors[k * width + g]) / Math.sqrt(values[k])
  }
  const pairs = (
    w: (a: Float32Array, b: Float32Array) => number,
    project: (e: Float64Array) => Float64Array,
    d: number,
  ): Float64Array => {
    const M = new Float64Array(d * d)
    let count = 0
    for (const own of grads.values()) {
      const es = own.map(({ e, query }) => ({ e: project(e), query }))
      for (let s = 0; s < es.length; s++) {
        for (let t = s + 1; t < Math.min(es.length, s + 30); t++) {
          const weight = w(es[s].query, es[t].query)
          if (weight === 0) continue
          count += weight
          for (let f = 0; f < d; f++)
            for (let g = 0; g < d; g++) M[f * d + g] += (weight * (es[s].e[f] * es[t].e[g] + es[s].e[g] * es[t].e[f])) / 2
        }
      }
    }
    if (count > 0) for (let i = 0; i < M.length; i++) M[i] /= count
    return M
  }
  const whiten = (e: Float64Array): Float64Array => {
    const out = new Float64Array(width)
    for (let f = 0; f < width; f++) for (let g = 0; g < width; g++) out[f] += white[f * width + g] * e[g]
    return out
  }
  const M = pairs((a, b) => (allCells.every((_, c) => a[c] === b[c]) ? 1 : 0), whiten, width)
  const eigen = symmetricEigen(M, width)
  const directions = new Float32Array(RANK * width)
  for (let j = 0; j < RANK; j++) {
    for (let g = 0; g < width; g++) {
      let sum = 0
      for (let f = 0; f < width; f++) sum += eigen.vectors[j * width + f] * white[f * width + g]
      directions[j * width + g] = sum
    }
  }
  const along = (e: Float64Array): Float64Array => {
    const out = new Float64Array(RANK)
    for (let j = 0; j < RANK; j++) for (let f = 0; f < width; f++) out[j] += directions[j * width + f] * e[f]
    return out
  }
  const priors = new Float32Array(allCells.length * RANK)
  const different = pairs((a, b) => (allCells.every((_, c) => c === 0 || a[c] * b[c] === 0) ? 1 : 0), along, RANK)
  allCells.forEach((_, c) => {
    const inside = c === 0 ? different : pairs((a, b) => a[c] * b[c], along, RANK)
    for (let j = 0; j < RANK; j++) {
      const v = c === 0 ? inside[j * RANK + j] : inside[j * RANK + j] - different[j * RANK + j]
      priors[c * RANK + j] = Math.max(0, c === 0 ? v : v / 2) * 0.3
    }
  })
  const space: FeatureSpace = {
    id: 'stand-in',
    features,
    mean,
    deviation,
    rank: RANK,
    directions,
    loadings: directions,
    cells: allCells,
    priors,
  }
  let tier: SharedTier = {
    space,
    scale,
    base: new Float32Array(priors.length),
    precisions: new Float32Array(priors.length),
    gate: shutGate,
    practice: defaultPractice,
    version: 1,
  }
  for (const { lesson } of lessons) tier = learnShared(tier, lesson)
  return {
    tier,
    description: `${lessons.length} lessons, scale ${scale.toFixed(2)}, eigenvalues ${[...eigen.values.slice(0, RANK)].map((v) => v.toFixed(3)).join(' ')}; priors always ${[...priors.slice(0, RANK)].map((v) => v.toFixed(4)).join(' ')}; tv ${[...priors.slice(5 * RANK, 6 * RANK)].map((v) => v.toFixed(4)).join(' ')}`,
  }
}

export function normalised(features: Float32Array, mean: Float32Array, deviation: Float32Array): Float32Array {
  const out = new Float32Array(features.length)
  for (let at = 0; at < out.length; at++) {
    const f = at % mean.length
    out[at] = Number.isNaN(features[at]) ? 0 : (features[at] - mean[f]) / deviation[f]
  }
  return out
}
