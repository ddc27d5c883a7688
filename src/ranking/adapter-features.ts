import type { World } from '../world/visit.js'
import { candidateFeatures, type FeatureTable } from './candidate-features.js'
import type { Pool } from './ranker.js'

/** STAND-IN until the other branch has it. */
export function adapterFeatures(
  sources: readonly string[],
  pools: readonly Pool[],
  world: World,
  candidates: Uint32Array,
): FeatureTable {
  const table = candidateFeatures(sources, pools, world, candidates)
  const keep = table.names.flatMap((name, at) => (name.startsWith('user.') ? [] : [at]))
  const { genres } = world.snapshot.catalogue.labels
  const counts = new Map<number, number>()
  for (const code of genres.codes) counts.set(code, (counts.get(code) ?? 0) + 1)
  const top = [...counts.entries()]
    .sort((a, b) => b[1] - a[1] || a[0] - b[0])
    .slice(0, 20)
    .map(([code]) => code)
  const names = [...keep.map((at) => table.names[at]), ...top.map((code) => `genre:${genres.names[code]}`)]
  const values = new Float32Array(candidates.length * names.length)
  candidates.forEach((row, k) => {
    keep.forEach((at, f) => {
      values[k * names.length + f] = table.values[k * table.names.length + at]
    })
    for (let at = genres.start[row]; at < genres.start[row + 1]; at++) {
      const f = top.indexOf(genres.codes[at])
      if (f >= 0) values[k * names.length + keep.length + f] = 1
    }
  })
  return { names, values }
}
