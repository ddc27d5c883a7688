import type { Random } from '../domain/random.js'
import type { MeasuredRow } from '../evaluation/compare.js'
import { createMeasure, type MeasureOptions } from '../evaluation/measure.js'
import { countExposures } from '../evaluation/metrics/index.js'
import type { Fold, Split } from '../evaluation/splits.js'
import type { Dataset } from '../features/dataset.js'
import { type Bitmap, has } from '../math/bitmap.js'

/** What chance alone would reach: items in a random order, drawn anew for each question, without those of its history. */
export function randomValues(
  fold: Fold,
  dataset: Dataset,
  measure: MeasureOptions,
  random: Random,
  among?: Bitmap,
): { readonly values: Float64Array; readonly exposures: Uint32Array } {
  const { tasks } = fold
  const { columns, measure: write } = createMeasure(fold, dataset, measure)
  const values = new Float64Array(tasks.count * columns.length)
  const exposures = new Uint32Array(dataset.itemCount)
  const length = Math.max(measure.at, ...(measure.recallAt ?? []))
  const items = Uint32Array.from({ length: dataset.itemCount }, (_, row) => row).filter(
    (row) => among === undefined || has(among, row),
  )
  const knownTo = new Int32Array(dataset.itemCount).fill(-1)
  for (let task = 0; task < tasks.count; task++) {
    for (let at = tasks.historyStart[task]; at < tasks.historyEnd[task]; at++) knownTo[dataset.items[tasks.history[at]]] = task
    const ranked: number[] = []
    for (let place = 0; place < items.length && ranked.length < length; place++) {
      const pick = place + random.below(items.length - place)
      const item = items[pick]
      items[pick] = items[place]
      items[place] = item
      if (knownTo[item] !== task) ranked.push(item)
    }
    write(task, ranked, undefined, values)
    countExposures(exposures, ranked, measure.at)
  }
  return { values, exposures }
}

/** The row `random` of a table. */
export function randomRow(
  split: Split,
  dataset: Dataset,
  measure: { readonly validation: MeasureOptions; readonly test: MeasureOptions },
  random: Random,
): MeasuredRow {
  const validation = randomValues(split.validation, dataset, measure.validation, random.fork('validation'))
  const test = randomValues(split.test, dataset, measure.test, random.fork('test'))
  return {
    name: 'random',
    kind: 'baseline',
    validation: validation.values,
    test: test.values,
    exposures: test.exposures,
    trainSeconds: 0,
    peakMemoryMb: 0,
  }
}
