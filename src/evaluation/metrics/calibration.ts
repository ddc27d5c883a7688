import type { LabelColumn } from '../../features/labels.js'
import type { MetricCard } from './metric.js'

export const calibrationCard: MetricCard = {
  name: 'miscalibration',
  formula:
    'KL(p ‖ 0.99 q + 0.01 p) in nats; p and q: the mean over the history and over the list of each title’s genres at equal shares; titles without genres are left out',
  source: 'Steck, "Calibrated recommendations", RecSys 2018, α = 0.01',
  range: '0 (the list has the history’s mix of genres) – −ln 0.01 ≈ 4.61',
  better: 'lower',
}

const SMOOTHING = 0.01

/**
 * How far the genres of the first k titles are from those of the user's history. NaN when no title of either has a genre.
 * `history` are item rows; every entry weighs the same.
 */
export function miscalibration(history: ArrayLike<number>, ranked: ArrayLike<number>, k: number, genres: LabelColumn): number {
  const p = genreShares(history, history.length, genres)
  const q = genreShares(ranked, Math.min(k, ranked.length), genres)
  if (p === undefined || q === undefined) return Number.NaN
  let divergence = 0
  for (let genre = 0; genre < p.length; genre++) {
    if (p[genre] > 0) divergence += p[genre] * Math.log(p[genre] / ((1 - SMOOTHING) * q[genre] + SMOOTHING * p[genre]))
  }
  return Math.max(0, divergence) // rounding alone can take it below
}

/** Shares of genres over the first titles, adding up to 1; undefined when none of them has a genre. */
function genreShares(items: ArrayLike<number>, length: number, { start, codes, names }: LabelColumn): Float64Array | undefined {
  const shares = new Float64Array(names.length)
  let counted = 0
  for (let i = 0; i < length; i++) {
    const [from, to] = [start[items[i]], start[items[i] + 1]]
    if (from === to) continue
    counted++
    for (let at = from; at < to; at++) shares[codes[at]] += 1 / (to - from)
  }
  return counted === 0 ? undefined : shares.map((share) => share / counted)
}
