/** What an earlier model of the same shape learned, taken over. */
import type { Random } from '../../domain/random.js'
import type { Artifact } from '../artifact.js'
import type { Weights } from './loss.js'

/** Root mean square of the factors of an item that the earlier model did not know: near the middle, by chance. */
const NEWCOMER = 0.05

/** Writes the earlier model's numbers into `weights`. False, and nothing is written, when there is none of this shape. */
export function takeOver(
  previous: Artifact | undefined,
  itemNos: Int32Array,
  weights: Weights,
  columns: number,
  random: Random,
): boolean {
  const earlier = previous?.arrays
  const [factors, bias, network] = [earlier?.factors, earlier?.bias, earlier?.network]
  if (earlier === undefined || factors === undefined || bias === undefined || network === undefined) return false
  if (network.length !== weights.network.length || factors.length !== earlier.itemNos.length * columns) return false
  const rowOfNo = new Map(Array.from(earlier.itemNos, (itemNo, row) => [itemNo, row]))
  weights.network.set(network)
  itemNos.forEach((itemNo, item) => {
    const row = rowOfNo.get(itemNo)
    const own = weights.factors.subarray(item * columns, (item + 1) * columns)
    if (row !== undefined && !Number.isNaN(factors[row * columns])) {
      own.set(factors.subarray(row * columns, (row + 1) * columns))
      weights.bias[item] = bias[row]
    } else {
      for (let k = 0; k < columns; k++) own[k] = NEWCOMER * random.normal()
    }
  })
  return true
}
