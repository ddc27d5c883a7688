import { assert } from './assert.js'

/**
 * Regression trees, added up. Nodes of all trees stand in one list; an inner node sends a row left when its feature is NaN or at
 * most the threshold. Plain arrays, so that it can be stored and shared.
 */
export interface Forest {
  /** First node of each tree. */
  readonly roots: Uint32Array
  /** Feature an inner node asks about; −1 in a leaf. */
  readonly feature: Int32Array
  /** Of an inner node the threshold, −∞ when only NaN goes left; of a leaf what it adds. */
  readonly value: Float32Array
  /** The left child; the right one is the node after it. 0 in a leaf. */
  readonly left: Uint32Array
  /** What each node would add if it were a leaf: what is known of a row that has come so far. */
  readonly expected: Float32Array
}

/**
 * out[r] = Σ over the trees of the leaf that row r falls into.
 *
 * @param values rows × width, row-major
 */
export function forestScores(
  { roots, feature, value, left }: Forest,
  values: Float32Array,
  width: number,
  out: Float32Array,
): void {
  assert(values.length === out.length * width, 'a row of features for each score')
  out.fill(0)
  for (const root of roots) {
    for (let row = 0, at = 0; row < out.length; row++, at += width) {
      let node = root
      while (feature[node] >= 0) node = left[node] + (values[at + feature[node]] > value[node] ? 1 : 0) // false for NaN
      out[row] += value[node]
    }
  }
}

/**
 * Adds to out[f] what the answers about feature f did to the score of one row: each step down a tree changes what is expected, and
 * the change is the feature's. They sum to the score less what is expected of every row.
 *
 * Saabas, "Interpreting random forests", 2014.
 */
export function forestTerms({ roots, feature, value, left, expected }: Forest, row: Float32Array, out: Float32Array): void {
  for (const root of roots) {
    let node = root
    while (feature[node] >= 0) {
      const f = feature[node]
      const child = left[node] + (row[f] > value[node] ? 1 : 0)
      out[f] += expected[child] - expected[node]
      node = child
    }
  }
}

/** Checks what a reader of foreign bytes must not trust: every path ends, and no feature lies beyond `width`. */
export function isForest({ roots, feature, value, left, expected }: Forest, width: number): boolean {
  const nodes = feature.length
  if ([value, left, expected].some(({ length }) => length !== nodes) || roots.some((root) => root >= nodes)) return false
  // Children stand behind their parent, so that no path can return.
  return feature.every((f, node) => f < 0 || (f < width && left[node] > node && left[node] + 1 < nodes))
}
