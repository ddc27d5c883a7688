/** Which events are learned from together: each user's events cut into runs, runs shuffled and packed into batches of equal size. */
import type { Random } from '../../domain/random.js'
import type { Dataset } from '../../features/dataset.js'
import { shuffle } from '../../math/shuffle.js'

/** Every user's engaged events, one user after the other, oldest first. */
export interface Sequences {
  /** Events of user u are start[u] … start[u + 1] − 1. */
  readonly start: Uint32Array
  readonly items: Uint32Array
  /** How many events have one before them to be foreseen from. */
  readonly targets: number
}

/** Events without engagement (refused, dismissed) are left out: they are neither learned from nor foreseen. */
export function sequencesOf({ userCount, start, items, engagement }: Dataset): Sequences {
  const kept = new Uint32Array(items.length)
  const starts = new Uint32Array(userCount + 1)
  let length = 0
  let targets = 0
  for (let user = 0; user < userCount; user++) {
    for (let at = start[user]; at < start[user + 1]; at++) if (engagement[at] > 0) kept[length++] = items[at]
    starts[user + 1] = length
    targets += Math.max(0, length - starts[user] - 1)
  }
  return { start: starts, items: kept.slice(0, length), targets }
}

/** One step's events: event r is `items[r]`, and `targets[r]` came next. Run i is the rows start[i] … start[i + 1] − 1. */
export interface Batch {
  readonly items: Uint32Array
  readonly targets: Uint32Array
  readonly start: Uint32Array
}

/**
 * One pass over all targets. Users' events are cut into runs of `runLength`, at places that differ from pass to pass, so that
 * an event near a cut now has more past before it next time. A batch holds at most `size` events, of any number of runs.
 */
export function* batchesOf(sequences: Sequences, runLength: number, size: number, random: Random): Generator<Batch> {
  const runs = runsOf(sequences, Math.min(runLength, size), random)
  shuffle(runs, (bound) => random.below(bound))
  for (let first = 0; first < runs.length; ) {
    let end = first
    let rows = 0
    while (end < runs.length && rows + runs[end].length <= size) rows += runs[end++].length
    yield batchOf(sequences, runs.slice(first, end), rows)
    first = end
  }
}

interface Run {
  readonly from: number
  readonly length: number
}

function runsOf({ start }: Sequences, runLength: number, random: Random): Run[] {
  const runs: Run[] = []
  for (let user = 0; user + 1 < start.length; user++) {
    const last = start[user + 1] - 1 // has no target
    let end = start[user] + 1 + random.below(runLength)
    for (let from = start[user]; from < last; from = end, end += runLength)
      runs.push({ from, length: Math.min(end, last) - from })
  }
  return runs
}

function batchOf({ items }: Sequences, runs: readonly Run[], rows: number): Batch {
  const batch = { items: new Uint32Array(rows), targets: new Uint32Array(rows), start: new Uint32Array(runs.length + 1) }
  runs.forEach(({ from, length }, run) => {
    const at = batch.start[run]
    batch.items.set(items.subarray(from, from + length), at)
    batch.targets.set(items.subarray(from + 1, from + 1 + length), at)
    batch.start[run + 1] = at + length
  })
  return batch
}
