import type { Dataset } from '../features/dataset.js'
import { type Bitmap, create, has, set } from '../math/bitmap.js'
import { popularityOf } from './item-popularity.js'
import { allEntries, checked, type Fold, type Split, shuffledFold } from './splits.js'

export interface NewItemsOptions {
  /** Share of the items with events that is withheld, the newest first, 0–1. Default 0.1. */
  readonly share?: number
  /** By item row, when it was released, in days since 1970; NaN where unknown. */
  readonly releasedOnDay?: ArrayLike<number>
}

/** Release dates tell which items are new when they are known of nearly all; before that, first events do for everybody. */
const ENOUGH_DATES = 0.95

/**
 * New items: models learn without the newest `share` of the items, as if these came out tomorrow, and rank for each user among
 * everything; the targets are the withheld items that the user took. For the validation fold the newest of what is left are
 * withheld in the same way. Newest is by release date, and by first event where dates are missing.
 *
 * A history is all that the user did on other items, before or after: it is the items that are new here, not the moment.
 */
export function newItems(dataset: Dataset, { share = 0.1, releasedOnDay = [] }: NewItemsOptions = {}): Split {
  const { order, by } = oldestFirst(dataset, releasedOnDay)
  const count = Math.ceil(share * order.length)
  const isTested = setOf(dataset, order.slice(order.length - count))
  const left = order.slice(0, order.length - count)
  const isValidated = setOf(dataset, left.slice(left.length - Math.ceil(share * left.length)))
  const all = allEntries(dataset)
  const untested = entriesWithout(dataset, all, isTested)
  const percent = `${Math.round(100 * share)} %`
  return checked({
    protocol: 'new-items',
    note:
      `New items: models learn without the newest ${percent} of the items (by ${by}; ${count} of ${order.length}) and rank everything for each ` +
      `user who took some of them; these are the targets. For validation the newest ${percent} of the rest are withheld in the same way. ` +
      'Columns named "among new" rank the withheld items only.',
    validation: foldWithout(dataset, untested, isValidated),
    test: foldWithout(dataset, all, isTested),
  })
}

/** Items with events, the newest last; equal ones by row. */
function oldestFirst(dataset: Dataset, releasedOnDay: ArrayLike<number>): { order: number[]; by: string } {
  const { entries } = popularityOf(dataset)
  const taken = [...entries.keys()].filter((item) => entries[item] > 0)
  const dated = taken.filter((item) => Number.isFinite(releasedOnDay[item]))
  const isByRelease = taken.length > 0 && dated.length >= ENOUGH_DATES * taken.length
  const day = new Float64Array(dataset.itemCount).fill(isByRelease ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY)
  if (isByRelease) for (const item of dated) day[item] = releasedOnDay[item]
  else for (let entry = 0; entry < dataset.items.length; entry++) lower(day, dataset.items[entry], dataset.days[entry])
  return { order: taken.sort((a, b) => day[a] - day[b] || a - b), by: isByRelease ? 'release date' : 'first event' }
}

function lower(day: Float64Array, item: number, to: number): void {
  day[item] = Math.min(day[item], to)
}

function foldWithout(dataset: Dataset, all: Bitmap, withheld: Bitmap): Fold {
  const fold = shuffledFold(dataset, entriesWithout(dataset, all, withheld), all, 'left-out')
  // Asked once all is over for the user, so that every target has been released.
  const { tasks } = fold
  for (let task = 0; task < tasks.count; task++) {
    for (let at = tasks.targetStart[task]; at < tasks.targetStart[task + 1]; at++) {
      tasks.days[task] = Math.max(tasks.days[task], dataset.days[tasks.targetEntries[at]])
    }
  }
  return { ...fold, withheld }
}

function setOf(dataset: Dataset, items: readonly number[]): Bitmap {
  const members = create(dataset.itemCount)
  for (const item of items) set(members, item)
  return members
}

function entriesWithout(dataset: Dataset, from: Bitmap, items: Bitmap): Bitmap {
  const kept = create(dataset.items.length)
  for (let entry = 0; entry < dataset.items.length; entry++) {
    if (has(from, entry) && !has(items, dataset.items[entry])) set(kept, entry)
  }
  return kept
}
