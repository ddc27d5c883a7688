/**
 * A choice from beyond the cut, among others that were beyond it. In a logit model the odds between two titles do not depend on what else there
 * is, so that a choice from a part of what was on offer says as much of its alternatives as one from all of it: McFadden, "Modelling the
 * choice of residential location", 1978. What a list of the best candidates cannot tell, because the right one is not among them, such a list
 * can; and it says nothing of whether the cut was right.
 */
import { has } from '../math/bitmap.js'
import type { World } from '../world/visit.js'

/** Alternatives to the title that was taken. */
const ALTERNATIVES = 63

/** Rows of the catalogue: the cut, and all others that were proposed. */
interface Proposed {
  readonly cut: Uint32Array
  readonly others: Uint32Array
}

/**
 * A title that is not in the cut at the end of a list of alternatives, evenly spaced: of those that were proposed, where it was, else of all
 * that could have been. Undefined where it could not have been proposed, or nothing else could.
 */
export function beyondTheCut(row: number, proposed: Proposed, world: World): Uint32Array | undefined {
  if (!has(world.visit.admissible, row)) return undefined
  const alternatives = proposed.others.includes(row) ? proposed.others : beyondAll(proposed, world)
  const some = evenly(
    alternatives.filter((other) => other !== row),
    ALTERNATIVES,
  )
  return some.length === 0 ? undefined : Uint32Array.of(...some, row)
}

/** Rows that nobody proposed. */
function beyondAll({ cut, others }: Proposed, { snapshot, visit }: World): Uint32Array {
  const { count } = snapshot.catalogue
  const isProposed = new Uint8Array(count)
  for (const row of cut) isProposed[row] = 1
  for (const row of others) isProposed[row] = 1
  const rows = new Uint32Array(count)
  let found = 0
  for (let row = 0; row < count; row++) if (isProposed[row] === 0 && has(visit.admissible, row)) rows[found++] = row
  return rows.subarray(0, found)
}

function evenly(rows: Uint32Array, most: number): Uint32Array {
  if (rows.length <= most) return rows
  return Uint32Array.from({ length: most }, (_, at) => rows[Math.floor(((at + 0.5) * rows.length) / most)])
}
