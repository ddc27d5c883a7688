import { SonaError } from '../domain/errors.js'
import { MS_PER_DAY } from '../domain/time.js'
import { assertNoLeak } from '../evaluation/leakage.js'
import { type SplitOptions, splitBy } from '../evaluation/protocols.js'
import type { Split } from '../evaluation/splits.js'
import type { Corpus } from './corpus.js'

/** The split of a corpus, checked for leaks. Throws EMPTY_CATALOGUE when there is nothing to learn from or to ask. */
export function evaluationSplit({ dataset, catalogue }: Corpus, options: SplitOptions): Split {
  if (dataset.items.length === 0) {
    throw new SonaError('EMPTY_CATALOGUE', 'There are no events to evaluate on. Run `sona import` first.')
  }
  const releasedOnDay = catalogue.numbers.releasedAt.map((ms) => ms / MS_PER_DAY)
  const split = splitBy(dataset, { releasedOnDay, ...options })
  for (const fold of [split.validation, split.test]) assertNoLeak(fold, dataset)
  return split
}
