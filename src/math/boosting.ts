import { type BinnedFeatures, binFeatures } from './feature-bins.js'
import type { Forest } from './forest.js'
import type { ListObjective, RankingTable } from './ranking-table.js'
import { type GrownNode, type GrownTree, growTree, type TreeOptions } from './tree-growing.js'

export interface BoostingOptions extends TreeOptions {
  readonly trees: number
  /** What share of its step each tree takes. Typical 0.03 to 0.1. */
  readonly learningRate: number
  /** Share of the features each tree may ask about, drawn anew for each. */
  readonly featureShare: number
  /** Bins a feature is cut into, 2 to 255. */
  readonly bins: number
}

export interface Boosted {
  readonly forest: Forest
  /** How much the splits on each feature lowered the loss, all trees together. */
  readonly gain: Float64Array
}

/** What boosting needs from outside. */
export interface BoostingRun {
  /** Uniform whole numbers below a bound. */
  readonly below: (bound: number) => number
  /** Called after each tree with the share that is done; may throw to stop. */
  readonly checkpoint: (done: number) => void
}

/**
 * Gradient boosting: each tree follows the slope of the objective at what the trees before it say.
 *
 * Friedman, "Greedy function approximation: a gradient boosting machine", Annals of Statistics 2001.
 *
 * Cost   trees · rows · features · log(leaves) additions; rows × features bytes of memory.
 */
export function boost(table: RankingTable, objective: ListObjective, options: BoostingOptions, run: BoostingRun): Boosted {
  const data = binFeatures(table.values, table.width, options.bins)
  const scores = new Float64Array(data.rows)
  const gradient = new Float64Array(data.rows)
  const hessian = new Float64Array(data.rows)
  const gain = new Float64Array(table.width)
  const nodes: ForestNode[] = []
  const roots: number[] = []
  for (let tree = 0; tree < options.trees; tree++) {
    objective(table, scores, gradient, hessian)
    const grown = growTree(data, gradient, hessian, drawFeatures(table.width, options.featureShare, run), options)
    addScores(grown, options.learningRate, scores)
    roots.push(nodes.length)
    for (const node of grown.nodes) {
      if (node.feature >= 0) gain[node.feature] += node.gain
      nodes.push(forestNode(node, roots[tree], data, options.learningRate))
    }
    run.checkpoint((tree + 1) / options.trees)
  }
  return { forest: forestOf(roots, nodes), gain }
}

/** At least one feature, ascending. */
function drawFeatures(width: number, share: number, { below }: BoostingRun): Uint32Array {
  const features = Uint32Array.from({ length: width }, (_, f) => f)
  const wanted = Math.max(1, Math.round(share * width))
  for (let at = 0; at < wanted; at++) {
    const pick = at + below(width - at)
    const drawn = features[pick]
    features[pick] = features[at]
    features[at] = drawn
  }
  return features.slice(0, wanted).sort()
}

function addScores({ nodes, order }: GrownTree, learningRate: number, scores: Float64Array): void {
  for (const { feature, value, from, to } of nodes) {
    if (feature < 0) for (let at = from; at < to; at++) scores[order[at]] += learningRate * value
  }
}

interface ForestNode {
  readonly feature: number
  readonly expected: number
  readonly value: number
  readonly left: number
}

function forestNode(
  { feature, bin, value, left }: GrownNode,
  root: number,
  { edges }: BinnedFeatures,
  learningRate: number,
): ForestNode {
  const expected = learningRate * value
  if (feature < 0) return { feature, value: expected, left: 0, expected }
  return { feature, expected, value: bin === 0 ? Number.NEGATIVE_INFINITY : edges[feature][bin - 1], left: root + left }
}

function forestOf(roots: readonly number[], nodes: readonly ForestNode[]): Forest {
  return {
    roots: Uint32Array.from(roots),
    feature: Int32Array.from(nodes, ({ feature }) => feature),
    value: Float32Array.from(nodes, ({ value }) => value),
    left: Uint32Array.from(nodes, ({ left }) => left),
    expected: Float32Array.from(nodes, ({ expected }) => expected),
  }
}
