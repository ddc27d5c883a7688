/** What the trained network makes of a history: a point among the items' factors, and what each entry moved. */
import type { WeightedHistory } from '../../features/history.js'
import type { Kernels } from '../../math/kernels.js'
import { type Activations, headForward, mixForward, newActivations, type Parameters } from './network.js'

/** The trained model, as it is used. */
export interface Learned {
  /** items × columns; NaN for an item that was never engaged with. */
  readonly factors: Float32Array
  readonly parameters: Parameters
  /** At most so many of the newest entries are read. */
  readonly reach: number
  readonly kernels: Kernels
  /** What was found out to explain a history, as long as somebody holds it: histories do not change. */
  readonly standings: WeakMap<WeightedHistory, Float32Array>
}

/** Places in the history of the newest entries that say something: known items with a weight. Oldest first. */
function knownEntries({ factors, parameters, reach }: Learned, { items, weights }: WeightedHistory): number[] {
  const entries: number[] = []
  for (let entry = items.length - 1; entry >= 0 && entries.length < reach; entry--) {
    if (weights[entry] > 0 && !Number.isNaN(factors[items[entry] * parameters.columns])) entries.push(entry)
  }
  return entries.reverse()
}

/** Everything up to x₂ of these entries, in scratch. */
function read({ factors, parameters, kernels }: Learned, items: Uint32Array, entries: readonly number[]): Activations {
  const { arena } = kernels
  const rows = arena.u32(entries.length)
  entries.forEach((entry, at) => {
    rows[at] = items[entry]
  })
  const start = arena.u32(2)
  start[1] = entries.length
  const a = newActivations(arena, entries.length, parameters.columns)
  kernels.gatherRows(factors, parameters.columns, rows, a.x)
  mixForward(a, parameters, start, kernels)
  return a
}

/** Where the user stands, in scratch: an item's score is its factors' product with this, plus its bias. Undefined: cannot tell. */
export function standing(learned: Learned, history: WeightedHistory): Float32Array | undefined {
  const entries = knownEntries(learned, history)
  if (entries.length === 0) return undefined
  const { parameters, kernels } = learned
  const d = parameters.columns
  const a = read(learned, history.items, entries)
  const last = newActivations(kernels.arena, 1, d)
  last.x2.set(a.x2.subarray(a.x2.length - d))
  headForward(last, parameters, kernels)
  return last.norm3.out
}

/**
 * What each entry adds to an item's score, from the newest back: the newest, what it says alone; every older one, by how much the
 * score changes when the history begins there instead of after it. Shares add up to the score, less what the item scores before
 * anything is known of the user (its bias, and its product with norm₃'s offset).
 */
export function shares(learned: Learned, history: WeightedHistory, item: number, out: Float32Array): void {
  out.fill(0)
  const { factors, parameters, kernels } = learned
  const d = parameters.columns
  const entries = knownEntries(learned, history)
  const own = factors.subarray(item * d, (item + 1) * d)
  if (entries.length === 0 || Number.isNaN(own[0])) return
  const standings = kernels.arena.f32(entries.length * d)
  standings.set(standingsOf(learned, history, entries))
  const scores = kernels.arena.f32(entries.length)
  kernels.matrixVector(standings, d, own, scores)
  let before = kernels.dot(own, parameters.offset3)
  for (let row = entries.length - 1; row >= 0; row--) {
    out[entries[row]] = scores[row] - before
    before = scores[row]
  }
}

/**
 * Where the user would stand if the history began at each entry. The state is a sum over the entries, so that all these histories
 * are read in one go; it is done once a history, since every item of an answer asks for the same.
 */
function standingsOf(learned: Learned, history: WeightedHistory, entries: readonly number[]): Float32Array {
  const known = learned.standings.get(history)
  if (known !== undefined) return known
  const { parameters, kernels } = learned
  const d = parameters.columns
  const a = read(learned, history.items, entries)
  const last = entries.length - 1
  beginAtEach(a, last, d)
  for (let row = 0; row <= last; row++) a.x2.set(a.x.subarray(last * d), row * d)
  kernels.product({ a: a.mixed, aLies: 'straight', b: parameters.mix, bLies: 'straight', inner: d, out: a.x2, mode: 'add' })
  headForward(a, parameters, kernels)
  const standings = new Float32Array(a.norm3.out)
  learned.standings.set(history, standings)
  return standings
}

/** Row r of a.mixed becomes what the recurrence says at the last entry when the history begins at entry r. */
function beginAtEach(a: Activations, last: number, d: number): void {
  const kept = new Float64Array(d).fill(1) // the share of an entry's c that is left at the end
  const state = new Float64Array(d)
  const open = a.gates.subarray((3 * last + 2) * d, (3 * last + 3) * d)
  for (let row = last; row >= 0; row--) {
    for (let j = 0; j < d; j++) {
      const forget = a.gates[3 * row * d + j]
      state[j] += kept[j] * (1 - forget) * a.gates[(3 * row + 1) * d + j]
      kept[j] *= forget
      a.mixed[row * d + j] = (state[j] * open[j]) / (1 + Math.exp(-open[j]))
    }
  }
}
