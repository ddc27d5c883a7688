import type { Relation } from '../domain/relation.js'
import type { WeightedHistory } from '../features/history.js'
import { buildContentGraph, graphDefaults } from '../graph/build.js'
import { communitiesOf } from '../graph/communities.js'
import { type Importance, importanceOf } from '../graph/importance.js'
import { pathTo } from '../graph/paths.js'
import { pushWalk, type RelationWeights, type Transitions, transitionsOf } from '../graph/walk.js'
import { type Csr, transpose } from '../math/csr.js'
import type { Kernels } from '../math/kernels.js'
import type { Arena } from '../math/memory.js'
import { withScratch } from '../math/scratch.js'
import { type Artifact, type ArtifactHeader, arrayOf, assertArtifact, headerOf, inArena } from './artifact.js'
import type { Algorithm, Model } from './model.js'

/**
 * Graph walk — where a walk over the content graph ends that starts again and again at what the user watched last.
 *
 *   p = Σ over hops h of (1 − restart)^h · hopDecay^(h − 1) · (s·Wʰ),   s the weights of the history, W the transition probabilities
 *   score(i) = p(i) · importance(i) · (1 + communityWeight · share of the history's weight in the community of i)
 *   importance(i) = (1 + entries of i)^popularityExponent; of a title without entries, (what its company reaches / the mean)^untriedExponent
 *
 * Personalised PageRank by pushing: Andersen, Chung & Lang, "Local Graph Partitioning using PageRank Vectors", FOCS 2006; communities:
 * Blondel et al., "Fast unfolding of communities in large networks", 2008. W and its edges: docs/graph.md.
 *
 * Cost    O(entries · window + Σ over users of their newest titles²) to train; what the walk touches to score, under 1 ms on ml-1m.
 * Choose  for titles nobody has watched yet, for sparse catalogues with good metadata, and where an answer must explain itself.
 * Avoid   without metadata and order: then it is a slower item-to-item model.
 * Departs from the paper in pushing level by level up to `hops` and in counting mass where it arrives, so that path length has a price.
 */
export interface GraphWalkOptions {
  /** How much of the walk goes on to what was watched next (CO_WATCHED). This and the nine below are in one unit. */
  readonly watchedNext: number
  /** To what the same people watched (SIMILAR_TO from events). Typical 0 to 1. */
  readonly sameAudience: number
  /** To what has the same things said of it (SIMILAR_TO from content). Typical 0 to 0.1. */
  readonly alike: number
  /** To what comes before and after in a series (SEQUEL_OF). */
  readonly sequel: number
  /** To the franchise, and from it to all of its titles. */
  readonly sameFranchise: number
  /** To the directors. */
  readonly sameDirector: number
  /** To the cast. */
  readonly sameCast: number
  /** To the genres. */
  readonly sameGenre: number
  /** To the themes. */
  readonly sameTheme: number
  /** To the countries. */
  readonly sameCountry: number
  /** Chance of starting again, at each step. Typical 0.1 to 0.5. */
  readonly restart: number
  /** What a place one hop further away counts. Typical 0.2 to 1. */
  readonly hopDecay: number
  /** Longest path. A hub between two items is a hop. Typical 2 to 4. */
  readonly hops: number
  /** Mass below this, for each edge it would take, is not pushed on. Typical 1e-7 to 1e-4. */
  readonly tolerance: number
  /** More than 0: what many watch counts more; less: what follows more often than chance does. Typical −0.3 to 0.2. */
  readonly popularityExponent: number
  /** How much the company of a title that nobody has watched yet counts: franchise, people, genres. 0: nothing. Typical 1 to 4. */
  readonly untriedExponent: number
  /** What a title gains when the whole history lies in its community. 0: nothing. Typical 0 to 2. */
  readonly communityWeight: number
  /** More than 1: more and smaller communities. */
  readonly resolution: number
  /** How the history fades, in places, unless a plan says otherwise. Typical 1 to 5; 20 and more for new titles. */
  readonly recencyHalfLifePositions: number
}

export const graphWalk: Algorithm<GraphWalkOptions> = {
  name: 'graph-walk',
  coversAll: true,

  defaults: {
    watchedNext: 1,
    sameAudience: 0.1,
    alike: 0.03,
    sequel: 0.01,
    sameFranchise: 0.02,
    sameDirector: 0.02,
    sameCast: 0.03,
    sameGenre: 0.1,
    sameTheme: 0.05,
    sameCountry: 0.02,
    restart: 0.2,
    hopDecay: 0.4,
    hops: 2,
    tolerance: 1e-5,
    popularityExponent: -0.1,
    untriedExponent: 3,
    communityWeight: 0,
    resolution: 1,
    recencyHalfLifePositions: 3,
  },

  space: {
    watchedNext: { from: 0.05, to: 2, scale: 'log', or: 0 },
    sameAudience: { from: 0.01, to: 1, scale: 'log', or: 0 },
    alike: { from: 0.003, to: 0.3, scale: 'log', or: 0 },
    sameDirector: { from: 0.003, to: 0.3, scale: 'log', or: 0 },
    sameCast: { from: 0.003, to: 0.3, scale: 'log', or: 0 },
    sameGenre: { from: 0.003, to: 0.3, scale: 'log', or: 0 },
    restart: { from: 0.05, to: 0.6, scale: 'linear' },
    hopDecay: { from: 0.1, to: 1, scale: 'linear' },
    popularityExponent: { from: -0.4, to: 0.3, scale: 'linear' },
  },

  train(data, options, run) {
    const graph = buildContentGraph(data, run.catalogue, graphDefaults, (done) => run.checkpoint(0.8 * done))
    const transitions = transitionsOf(graph, weightsOf(options))
    run.checkpoint(0.9)
    const importance = importanceOf(graph, data, 0)
    return modelOf({
      header: headerOf('graph-walk', options, data),
      itemNos: data.itemNos,
      transitions,
      multiplier: multiplierOf(importance, options),
      community: communitiesOf(graph, options.resolution, run.random),
      kernels: run.kernels,
    })
  },

  restore(artifact, kernels) {
    const itemNos = arrayOf(artifact, 'itemNos', Int32Array)
    return modelOf({
      header: artifact.header,
      itemNos,
      transitions: transitionsIn(artifact, itemNos.length),
      multiplier: arrayOf(artifact, 'multiplier', Float32Array, itemNos.length),
      community: arrayOf(artifact, 'community', Int32Array, itemNos.length),
      kernels,
    })
  },
}

function weightsOf(options: GraphWalkOptions): RelationWeights {
  return {
    'watched-next': options.watchedNext,
    'same-audience': options.sameAudience,
    alike: options.alike,
    sequel: options.sequel,
    'same-franchise': options.sameFranchise,
    'same-director': options.sameDirector,
    'same-cast': options.sameCast,
    'same-genre': options.sameGenre,
    'same-theme': options.sameTheme,
    'same-country': options.sameCountry,
  } satisfies Record<Relation, number>
}

function multiplierOf({ popularity, expected, mean }: Importance, options: GraphWalkOptions): Float32Array {
  return Float32Array.from(popularity, (entries, item) =>
    entries > 0
      ? (1 + entries) ** options.popularityExponent
      : mean ** options.popularityExponent * (expected[item] / mean) ** options.untriedExponent,
  )
}

function transitionsIn(artifact: Artifact, items: number): Transitions {
  const start = arrayOf(artifact, 'start', Uint32Array)
  const rows = start.length - 1
  assertArtifact(artifact, rows >= items, 'it has fewer nodes than items')
  const index = arrayOf(artifact, 'index', Uint32Array, start[rows])
  const value = arrayOf(artifact, 'value', Float32Array, index.length)
  const relation = arrayOf(artifact, 'relation', Uint8Array, index.length)
  const isOrdered = start.every((from, row) => row === 0 || from >= start[row - 1])
  assertArtifact(artifact, isOrdered, 'its rows overlap')
  assertArtifact(
    artifact,
    index.every((node) => node < rows),
    'it names nodes beyond its own',
  )
  return { rows, columns: rows, start, index, value, relation }
}

interface Trained {
  readonly header: ArtifactHeader
  readonly itemNos: Int32Array
  readonly transitions: Transitions
  /** What each item's arriving mass is multiplied by. */
  readonly multiplier: Float32Array
  readonly community: Int32Array
  readonly kernels: Kernels
}

function modelOf(trained: Trained): Model {
  const { header, itemNos, multiplier, community, kernels } = trained
  const { arena } = kernels
  const transitions = inReach(trained.transitions, arena)
  const options = header.options as unknown as GraphWalkOptions
  const items = itemNos.length
  const { start, index, value, relation } = transitions
  const isTied = tiedItems(transitions, items)
  const communities = community.reduce((most, one) => Math.max(most, one + 1), 0)

  /** 1 + communityWeight · share of the history in it, of each community. */
  function gains(history: WeightedHistory): Float32Array {
    const gain = arena.f32(communities)
    if (options.communityWeight === 0) return gain.fill(1)
    let total = 0
    for (let k = 0; k < history.items.length; k++) {
      if (isTied[history.items[k]] === 0) continue
      total += history.weights[k]
      if (community[history.items[k]] >= 0) gain[community[history.items[k]]] += history.weights[k]
    }
    for (let c = 0; c < communities; c++) gain[c] = 1 + (total > 0 ? (options.communityWeight * gain[c]) / total : 0)
    return gain
  }

  const factorOf = (item: number, gain: Float32Array): number =>
    multiplier[item] * (community[item] >= 0 ? gain[community[item]] : 1)

  function score(history: WeightedHistory, out: Float32Array): void {
    const says = history.items.some((item, k) => history.weights[k] > 0 && isTied[item] === 1)
    if (!says) {
      out.fill(Number.NaN)
      return
    }
    const mass = arena.f32(transitions.rows)
    pushWalk(transitions, history, options, mass, arena, kernels.pushLevel)
    const gain = gains(history)
    for (let item = 0; item < items; item++) out[item] = isTied[item] === 1 ? mass[item] * factorOf(item, gain) : Number.NaN
  }

  /** The matrix read backwards. Made when first asked for: only explanations need it, and it is as large as the matrix. */
  let backwards: Csr | undefined

  /** Mass that arrives at one item from each entry: backwards from the item to one step before, then that step from each entry. */
  function explain(history: WeightedHistory, item: number, out: Float32Array): void {
    out.fill(0)
    if (isTied[item] === 0) return
    const factor = factorOf(item, gains(history))
    backwards ??= transpose(transitions)
    const end = { items: arena.u32(1).fill(item), weights: arena.f32(1).fill(1) }
    const reach = arena.f32(transitions.rows)
    pushWalk(backwards, end, { ...options, hops: options.hops - 1 }, reach, arena)
    for (let node = 0; node < reach.length; node++) reach[node] *= options.hopDecay
    reach[item] += 1
    for (let k = 0; k < history.items.length; k++) {
      if (!(history.weights[k] > 0)) continue
      let sum = 0
      for (let at = start[history.items[k]]; at < start[history.items[k] + 1]; at++) sum += value[at] * reach[index[at]]
      out[k] = history.weights[k] * factor * (1 - options.restart) * sum
    }
  }

  return {
    algorithm: header.algorithm,
    itemCount: items,
    recency: { halfLifePositions: options.recencyHalfLifePositions },
    score: (history, out) => withScratch(arena, () => score(history, out)),
    scoreSome: (history, some, out) =>
      withScratch(arena, () => {
        const all = arena.f32(items)
        score(history, all)
        for (let k = 0; k < some.length; k++) out[k] = all[some[k]]
      }),
    explain: (history, item, out) => withScratch(arena, () => explain(history, item, out)),
    path: (history, item) => pathTo(transitions, items, history, item),
    save: () => ({ header, arrays: { itemNos, start, index, value, relation, multiplier, community } }),
  }
}

/** Where the kernels reach it. */
function inReach(transitions: Transitions, arena: Arena): Transitions {
  const { start, index, value } = transitions
  return { ...transitions, start: inArena(start, arena), index: inArena(index, arena), value: inArena(value, arena) }
}

/** 1 for each item that any edge leaves or reaches. Of the others nothing can be told. */
function tiedItems({ start, index }: Transitions, items: number): Uint8Array {
  const isTied = new Uint8Array(items)
  for (let item = 0; item < items; item++) if (start[item + 1] > start[item]) isTied[item] = 1
  for (const node of index) if (node < items) isTied[node] = 1
  return isTied
}
