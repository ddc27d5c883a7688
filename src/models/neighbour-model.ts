import type { Recency, WeightedHistory } from '../features/history.js'
import type { Csr } from '../math/csr.js'
import { positionInSorted } from '../math/sorted.js'
import { type Artifact, type ArtifactHeader, arrayOf, assertArtifact } from './artifact.js'
import type { Model } from './model.js'

/** What models have learned that keep a few neighbours of each item: score(j) = Σ over the history of weight · neighbours[i,j]. */
export interface Neighbours {
  readonly header: ArtifactHeader
  readonly itemNos: Int32Array
  /** items × items. */
  readonly rows: Csr
  /** Entries of each item: one without any is unknown, as answer and in a history. */
  readonly counts: Uint32Array
}

/**
 * The model that reads them. An item that is known but nobody's neighbour scores 0; a history of which no entry has neighbours
 * says nothing. Answering about some items goes through the neighbours of the history alone, whatever the size of the catalogue.
 */
export function neighbourModel({ header, itemNos, rows, counts }: Neighbours, recency: Recency): Model {
  const { start, index, value } = rows
  const itemCount = itemNos.length
  const says = ({ items, weights }: WeightedHistory) => items.some((item, k) => weights[k] !== 0 && start[item + 1] > start[item])
  const unsaid = (item: number) => (counts[item] > 0 ? 0 : Number.NaN)
  const slotOf = createSlots(itemCount)

  return {
    algorithm: header.algorithm,
    itemCount,
    recency,

    score(history, out) {
      if (!says(history)) {
        out.fill(Number.NaN)
        return
      }
      const { items, weights } = history
      for (let j = 0; j < itemCount; j++) out[j] = unsaid(j)
      for (let k = 0; k < items.length; k++) {
        const end = start[items[k] + 1]
        for (let at = start[items[k]]; at < end; at++) out[index[at]] += weights[k] * value[at]
      }
    },

    scoreSome(history, some, out) {
      if (!says(history)) {
        out.fill(Number.NaN)
        return
      }
      const { items, weights } = history
      const slots = slotOf.open(some)
      for (let k = 0; k < some.length; k++) out[k] = unsaid(some[k])
      for (let k = 0; k < items.length; k++) {
        const end = start[items[k] + 1]
        for (let at = start[items[k]]; at < end; at++) {
          const slot = slots[index[at]]
          if (slot > 0) out[slot - 1] += weights[k] * value[at]
        }
      }
      for (let k = 0; k < some.length; k++) out[k] = out[slots[some[k]] - 1] // an item that is asked for twice
      slotOf.close(some)
    },

    explain({ items, weights }, item, out) {
      for (let k = 0; k < items.length; k++) {
        const at = positionInSorted(index, item, start[items[k]], start[items[k] + 1])
        out[k] = at < 0 ? 0 : weights[k] * value[at]
      }
    },

    save: () => ({ header, arrays: { itemNos, start, index, value, counts } }),
  }
}

/** Throws ARTIFACT_CORRUPT unless the artifact holds the neighbours of its items. */
export function restoredNeighbours(artifact: Artifact): Neighbours {
  const itemNos = arrayOf(artifact, 'itemNos', Int32Array)
  const itemCount = itemNos.length
  const start = arrayOf(artifact, 'start', Uint32Array, itemCount + 1)
  const index = arrayOf(artifact, 'index', Uint32Array, start[itemCount])
  const value = arrayOf(artifact, 'value', Float32Array, index.length)
  const counts = arrayOf(artifact, 'counts', Uint32Array, itemCount)
  const ascends = start.every((from, row) => row === 0 || from >= start[row - 1])
  assertArtifact(artifact, ascends, 'its rows overlap')
  assertArtifact(
    artifact,
    index.every((item) => item < itemCount),
    'it names neighbours beyond its items',
  )
  return { header: artifact.header, itemNos, rows: { rows: itemCount, columns: itemCount, start, index, value }, counts }
}

/** Where each asked-for item stands in the question, plus one; zero elsewhere. Made when first needed, and used again. */
function createSlots(itemCount: number) {
  let slots: Uint32Array | undefined
  return {
    open(items: Uint32Array): Uint32Array {
      slots ??= new Uint32Array(itemCount)
      for (let k = items.length - 1; k >= 0; k--) slots[items[k]] = k + 1
      return slots
    },
    close(items: Uint32Array): void {
      for (const item of items) if (slots !== undefined) slots[item] = 0
    },
  }
}
