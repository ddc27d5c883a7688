import type { BinnedFeatures } from './feature-bins.js'

export interface TreeOptions {
  /** At most this many leaves. */
  readonly leaves: number
  /** Added to the curvature of every leaf: leaves with little to go by say little. */
  readonly l2: number
  /** A leaf has at least this much curvature. */
  readonly leastHessian: number
}

/** A grown tree: nodes as in forest.ts, with bins in place of thresholds, and the rows of each leaf. */
export interface GrownTree {
  readonly nodes: readonly GrownNode[]
  /** Leaf nodes with the positions of their rows in `order`. */
  readonly order: Uint32Array
}

export interface GrownNode {
  from: number
  to: number
  /** −1 in a leaf. */
  feature: number
  /** Rows of this bin and below go left. */
  bin: number
  left: number
  /** −Σ slope / (Σ curvature + l2): what it would add as a leaf. */
  readonly value: number
  /** How much the split lowers the loss. */
  gain: number
}

interface Leaf {
  readonly node: number
  readonly histogram: Float64Array
  readonly split: Split | undefined
}

interface Split {
  readonly feature: number
  readonly bin: number
  readonly gain: number
}

const BINS = 256

/**
 * Grows one tree best split first: of all leaves the one whose split lowers the loss most is split next, until there are enough.
 *
 *   gain = ½ · (G_l² / (H_l + l2) + G_r² / (H_r + l2) − G² / (H + l2))       G: Σ slope, H: Σ curvature
 *
 * Chen & Guestrin, "XGBoost", KDD 2016, for the gain; Ke et al., "LightGBM", NIPS 2017, for growing by leaf over histograms: a
 * leaf's histograms are those of its parent less its sibling's, so only the smaller child's rows are read.
 *
 * @param features the features that this tree may ask about
 */
export function growTree(
  data: BinnedFeatures,
  gradient: Float64Array,
  hessian: Float64Array,
  features: Uint32Array,
  options: TreeOptions,
): GrownTree {
  const order = Uint32Array.from({ length: data.rows }, (_, row) => row)
  const spare = new Uint32Array(data.rows)
  const nodes: GrownNode[] = []

  const leafOver = (node: number, histogram: Float64Array): Leaf => ({
    node,
    histogram,
    split: bestSplit(histogram, data, features, options),
  })
  const histogramOf = ({ from, to }: GrownNode): Float64Array =>
    histogramsOver(data, order.subarray(from, to), gradient, hessian, features)
  const addNode = (from: number, to: number): number =>
    nodes.push(newNode(order.subarray(from, to), from, gradient, hessian, options)) - 1

  addNode(0, data.rows)
  let leaves: Leaf[] = [leafOver(0, histogramOf(nodes[0]))]
  while (leaves.length < options.leaves) {
    const best = leaves.reduce((a, b) => ((b.split?.gain ?? 0) > (a.split?.gain ?? 0) ? b : a))
    if (best.split === undefined) break
    const parent = nodes[best.node]
    const middle = partition(data, order, spare, parent, best.split)
    Object.assign(parent, best.split)
    parent.left = addNode(parent.from, middle)
    addNode(middle, parent.to)
    const [left, right] = [nodes[parent.left], nodes[parent.left + 1]]
    const isLeftSmaller = middle - parent.from <= parent.to - middle
    const smaller = histogramOf(isLeftSmaller ? left : right)
    const larger = best.histogram // the parent's, no longer needed
    for (let at = 0; at < larger.length; at++) larger[at] -= smaller[at]
    leaves = leaves.filter((leaf) => leaf !== best)
    leaves.push(leafOver(parent.left, isLeftSmaller ? smaller : larger))
    leaves.push(leafOver(parent.left + 1, isLeftSmaller ? larger : smaller))
  }
  return { nodes, order }
}

function newNode(rows: Uint32Array, from: number, gradient: Float64Array, hessian: Float64Array, { l2 }: TreeOptions): GrownNode {
  let slope = 0
  let curvature = 0
  for (const row of rows) {
    slope += gradient[row]
    curvature += hessian[row]
  }
  return { from, to: from + rows.length, feature: -1, bin: 0, left: 0, value: -slope / (curvature + l2), gain: 0 }
}

/** Σ slope and Σ curvature by feature and bin: of bin b of the k-th feature at 2 · (k · BINS + b), side by side. */
function histogramsOver(
  { rows: stride, bins }: BinnedFeatures,
  rows: Uint32Array,
  gradient: Float64Array,
  hessian: Float64Array,
  features: Uint32Array,
): Float64Array {
  const histogram = new Float64Array(features.length * BINS * 2)
  const slopes = new Float64Array(rows.length)
  const curvatures = new Float64Array(rows.length)
  for (let at = 0; at < rows.length; at++) {
    slopes[at] = gradient[rows[at]]
    curvatures[at] = hessian[rows[at]]
  }
  for (let k = 0; k < features.length; k++) {
    const column = bins.subarray(features[k] * stride, (features[k] + 1) * stride)
    const own = histogram.subarray(k * BINS * 2, (k + 1) * BINS * 2)
    for (let at = 0; at < rows.length; at++) {
      const place = 2 * column[rows[at]]
      own[place] += slopes[at]
      own[place + 1] += curvatures[at]
    }
  }
  return histogram
}

function bestSplit(
  histogram: Float64Array,
  { edges }: BinnedFeatures,
  features: Uint32Array,
  { l2, leastHessian }: TreeOptions,
): Split | undefined {
  let best: Split | undefined
  for (let k = 0; k < features.length; k++) {
    const bins = edges[features[k]].length + 2
    const own = histogram.subarray(k * BINS * 2, k * BINS * 2 + 2 * bins)
    let slope = 0
    let curvature = 0
    for (let at = 0; at < own.length; at += 2) {
      slope += own[at]
      curvature += own[at + 1]
    }
    let slopeLeft = 0
    let curvatureLeft = 0
    for (let bin = 0; bin + 1 < bins; bin++) {
      slopeLeft += own[2 * bin]
      curvatureLeft += own[2 * bin + 1]
      const curvatureRight = curvature - curvatureLeft
      if (curvatureLeft < leastHessian || curvatureRight < leastHessian) continue
      const slopeRight = slope - slopeLeft
      const gain =
        0.5 * (slopeLeft ** 2 / (curvatureLeft + l2) + slopeRight ** 2 / (curvatureRight + l2) - slope ** 2 / (curvature + l2))
      if (gain > (best?.gain ?? 1e-9)) best = { feature: features[k], bin, gain }
    }
  }
  return best
}

/** Puts the rows that go left before the others, both in their old order; returns where the right ones begin. */
function partition(
  { rows: stride, bins }: BinnedFeatures,
  order: Uint32Array,
  spare: Uint32Array,
  { from, to }: GrownNode,
  { feature, bin }: Split,
): number {
  const column = bins.subarray(feature * stride, (feature + 1) * stride)
  let left = from
  let right = 0
  for (let at = from; at < to; at++) {
    const row = order[at]
    if (column[row] <= bin) order[left++] = row
    else spare[right++] = row
  }
  order.set(spare.subarray(0, right), left)
  return left
}
