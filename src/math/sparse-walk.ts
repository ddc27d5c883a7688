import type { Csr } from './csr.js'

/** Where a walk stands: the mass on each node, and which nodes have any. One number per node, `reached` too. */
export interface WalkLevel {
  /** Nodes to push from. */
  readonly active: Uint32Array
  /** What lies on each node; zero afterwards on those that were active. */
  readonly mass: Float32Array
  /** Grows by what flows there. */
  readonly arriving: Float32Array
  /** Filled with the nodes where nothing had arrived before. */
  readonly reached: Uint32Array
}

/**
 * One level of a walk: the mass of each active node flows along its edges. Mass below `tolerance` for each edge it would take is
 * lost. Returns how many nodes were reached.
 */
export function pushLevel(
  { start, index, value }: Csr,
  { active, mass, arriving, reached }: WalkLevel,
  tolerance: number,
): number {
  let found = 0
  for (const node of active) {
    const pushed = mass[node]
    mass[node] = 0
    const end = start[node + 1]
    if (pushed < tolerance * (end - start[node])) continue
    for (let at = start[node]; at < end; at++) {
      const to = index[at]
      if (arriving[to] === 0) reached[found++] = to
      arriving[to] += pushed * value[at]
    }
  }
  return found
}

/** Sequences one after the other: row r is items[start[r]] … items[start[r + 1] − 1]. */
export interface Sequences {
  readonly start: Uint32Array
  readonly items: Uint32Array
}

/** Places in sequences from which votes are cast: places[k] is in row owners[k], which counts weight[row] · scale. */
export interface Voters {
  readonly places: Uint32Array
  readonly owners: Uint32Array
  /** One per row; rows of weight 0 are silent. */
  readonly weight: Float32Array
  readonly scale: number
}

/** out[j] += what each voter gives to an item j that stands near it: share · near[d] at d places after it, share · before[d] before. */
export function windowVotes(
  { start, items }: Sequences,
  { places, owners, weight, scale }: Voters,
  near: Float32Array,
  before: Float32Array,
  out: Float32Array,
): void {
  const window = near.length - 1
  for (let k = 0; k < places.length; k++) {
    const share = weight[owners[k]] * scale
    if (!(share > 0)) continue
    const first = Math.max(start[owners[k]], places[k] - window)
    const end = Math.min(start[owners[k] + 1], places[k] + window + 1)
    for (let at = first; at < places[k]; at++) out[items[at]] += share * before[places[k] - at]
    for (let at = places[k] + 1; at < end; at++) out[items[at]] += share * near[at - places[k]]
  }
}
