import type { MeasuredFold, MeasuredRow } from '../../src/evaluation/compare.js'
import { createMeasure } from '../../src/evaluation/measure.js'
import { countExposures } from '../../src/evaluation/metrics/index.js'
import { type Slice, slicesOf } from '../../src/evaluation/slices.js'
import { leaveLastOut, type Split } from '../../src/evaluation/splits.js'
import type { Dataset } from '../../src/features/dataset.js'
import { generatedDataset } from './datasets.js'

export interface MeasuredSplit {
  readonly dataset: Dataset
  readonly split: Split
  readonly validation: MeasuredFold
  readonly test: MeasuredFold & { readonly slices: readonly Slice[] }
}

const options = { at: 10, recallAt: [1, 5, 10, 20] }

/** A generated dataset, split, with the columns it will be measured by. */
export function measuredSplit(seed: number): MeasuredSplit {
  const dataset = generatedDataset(seed)
  const split = leaveLastOut(dataset)
  const fold = (name: 'validation' | 'test') => {
    const slices = slicesOf(split[name], dataset)
    return { tasks: split[name].tasks, columns: createMeasure(split[name], dataset, { ...options, slices }).columns, slices }
  }
  return { dataset, split, validation: fold('validation'), test: fold('test') }
}

/** A row whose lists have the target at rank `misses` + 1 and one lower for every seventh task; items that are no targets stand before it. */
export function answeredRow(
  { dataset, split }: MeasuredSplit,
  name: string,
  kind: 'model' | 'plan',
  misses: number,
): MeasuredRow {
  const exposures = new Uint32Array(dataset.itemCount)
  const answer = (which: 'validation' | 'test'): Float64Array => {
    const fold = split[which]
    const { columns, measure } = createMeasure(fold, dataset, { ...options, slices: slicesOf(fold, dataset) })
    const values = new Float64Array(fold.tasks.count * columns.length)
    for (let task = 0; task < fold.tasks.count; task++) {
      const target = fold.tasks.targets[fold.tasks.targetStart[task]]
      const others = Array.from({ length: dataset.itemCount }, (_, item) => item).filter((item) => item !== target)
      const place = misses + (task % 7)
      const ranked = [...others.slice(0, place), target, ...others.slice(place)]
      measure(task, ranked, undefined, values)
      if (which === 'test') countExposures(exposures, ranked, options.at)
    }
    return values
  }
  return {
    name,
    kind,
    validation: answer('validation'),
    test: answer('test'),
    exposures,
    trainSeconds: 1 + misses,
    peakMemoryMb: 100,
  }
}
