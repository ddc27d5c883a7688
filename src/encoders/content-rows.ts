import { type Catalogue, rowOf } from '../features/catalogue.js'
import type { Dataset } from '../features/dataset.js'
import type { ItemVectors } from '../features/item-vectors.js'
import { csrFromTriplets } from '../math/csr.js'
import type { Kernels } from '../math/kernels.js'
import type { MixedRows } from '../math/mixed-ridge.js'
import { describedIn } from './described.js'
import { fitStanding, type Standing } from './standing.js'
import { featureCount, featuresOf, standingFamilies, wordRows } from './structured-features.js'

/** What is known of the items of a dataset, as the content encoder reads it: text vectors beside structured features. */
export interface ContentRows extends MixedRows {
  /** Rows of the dataset of which neither a text nor a telling field is known have 0. */
  readonly isKnown: Uint8Array
  readonly standing: Standing
}

/** What a text counts beside the structured features, whose words have length 1 together. Chosen on validation. */
export const TEXT_WEIGHT = 0.5

/** Popularity and ratings come from the dataset's events alone. The dense block lies in the kernels' arena. */
export function contentRowsOf(
  data: Dataset,
  catalogue: Catalogue,
  vectors: ItemVectors | undefined,
  kernels: Kernels,
): ContentRows {
  const places = Array.from(data.itemNos, (itemNo) => rowOf(catalogue, itemNo))
  const words = places.map((place) => (place < 0 ? undefined : wordRows(describedIn(catalogue, place))))
  const standing = fitStanding(data, (row) => words[row], standingFamilies)
  const isKnown = new Uint8Array(data.itemCount)
  const denseColumns = vectors?.dimensions ?? 0
  const dense = kernels.arena.f32(data.itemCount * denseColumns)
  const [row, column, value]: [number[], number[], number[]] = [[], [], []]
  places.forEach((place, item) => {
    const features = place < 0 ? undefined : featuresOf(describedIn(catalogue, place), standing, item)
    features?.features.forEach((feature, at) => {
      row.push(item)
      column.push(feature)
      value.push(features.weights[at])
    })
    const hasText = vectors !== undefined && placeText(vectors, data.itemNos[item], dense, item)
    isKnown[item] = features !== undefined || hasText ? 1 : 0
  })
  const sparse = csrFromTriplets(data.itemCount, featureCount, { row, column, value })
  return { dense, denseColumns, sparse, isKnown, standing }
}

/** Copies an item's text vector to its row, times what a text counts. Says whether there is one. */
function placeText({ itemNos, dimensions, values }: ItemVectors, itemNo: number, dense: Float32Array, item: number): boolean {
  const from = rowOf({ itemNos }, itemNo)
  if (from < 0 || Number.isNaN(values[from * dimensions])) return false
  for (let at = 0; at < dimensions; at++) dense[item * dimensions + at] = TEXT_WEIGHT * values[from * dimensions + at]
  return true
}
