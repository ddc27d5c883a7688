import type { ListObjective, RankingTable } from './ranking-table.js'

/**
 * Softmax cross-entropy of each list: the chance of a row is its share of Σ weight · exp(score), the wish its share of the relevance.
 *
 *   loss = −Σ y_i log p_i,   slope p_i − y_i,   curvature p_i (1 − p_i)
 *
 * Cao et al., "Learning to rank: from pairwise approach to listwise approach" (ListNet), ICML 2007; Bruch, "An alternative cross
 * entropy loss for learning-to-rank", WWW 2021, shows that it bounds NDCG.
 */
export const softmax: ListObjective = ({ start, relevance, weight }, scores, gradient, hessian) => {
  for (let list = 0; list + 1 < start.length; list++) {
    let highest = Number.NEGATIVE_INFINITY
    let wished = 0
    for (let row = start[list]; row < start[list + 1]; row++) {
      highest = Math.max(highest, scores[row])
      wished += relevance[row]
    }
    let total = 0
    for (let row = start[list]; row < start[list + 1]; row++) total += weight[row] * Math.exp(scores[row] - highest)
    for (let row = start[list]; row < start[list + 1]; row++) {
      const chance = (weight[row] * Math.exp(scores[row] - highest)) / total
      gradient[row] = wished > 0 ? chance - relevance[row] / wished : 0
      hessian[row] = wished > 0 ? chance * (1 - chance) : 0
    }
  }
}

/**
 * LambdaMART: for each pair of unequal relevance, the slope of the logistic loss of their order times what exchanging them would
 * change in NDCG.
 *
 *   λ_ij = |ΔNDCG_ij| / (1 + exp(s_i − s_j)),  pulling i (the more relevant) up and j down;  curvature λ_ij (1 − λ_ij / |ΔNDCG_ij|)
 *
 * Burges, "From RankNet to LambdaRank to LambdaMART: an overview", MSR-TR-2010-82. Pairs are left out when both stand below
 * `truncation`, and each list's slopes are scaled by log₂(1 + Σλ) / Σλ, so that easy and hard lists count more alike. A row that stands
 * for several takes as many ranks, and its pairs count as often.
 */
export function lambdaMart(truncation: number): ListObjective {
  return (table, scores, gradient, hessian) => {
    gradient.fill(0)
    hessian.fill(0)
    for (let list = 0; list + 1 < table.start.length; list++) addLambdas(table, list, truncation, scores, gradient, hessian)
  }
}

function addLambdas(
  { start, relevance, weight }: RankingTable,
  list: number,
  truncation: number,
  scores: Float64Array,
  gradient: Float64Array,
  hessian: Float64Array,
): void {
  const [from, to] = [start[list], start[list + 1]]
  const order = Uint32Array.from({ length: to - from }, (_, k) => from + k).sort((a, b) => scores[b] - scores[a] || a - b)
  const best = idealDcg(relevance.subarray(from, to))
  const rank = ranksOf(order, weight)
  if (best === 0) return
  let sum = 0
  for (let high = 0; high < order.length; high++) {
    const i = order[high]
    if (relevance[i] === 0) continue
    for (let low = 0; low < order.length; low++) {
      const j = order[low]
      if (relevance[i] <= relevance[j] || Math.min(rank[high], rank[low]) >= truncation) continue
      const worth = (relevance[i] - relevance[j]) * Math.abs(discount(rank[high]) - discount(rank[low]))
      const change = (weight[j] * worth) / best
      const doubt = 1 / (1 + Math.exp(scores[i] - scores[j]))
      gradient[i] -= change * doubt
      gradient[j] += change * doubt
      hessian[i] += change * doubt * (1 - doubt)
      hessian[j] += change * doubt * (1 - doubt)
      sum += 2 * change * doubt
    }
  }
  if (sum === 0) return
  const scale = Math.log2(1 + sum) / sum
  for (let row = from; row < to; row++) {
    gradient[row] *= scale
    hessian[row] *= scale
  }
}

/** How many candidates stand before each place of the order. */
function ranksOf(order: Uint32Array, weight: Float32Array): Float64Array {
  const ranks = new Float64Array(order.length)
  for (let place = 1; place < order.length; place++) ranks[place] = ranks[place - 1] + weight[order[place - 1]]
  return ranks
}

function idealDcg(relevance: Float32Array): number {
  return relevance
    .slice()
    .sort()
    .reverse()
    .reduce((sum, gain, rank) => sum + gain * discount(rank), 0)
}

/** 1 / log₂(rank + 2), rank from 0. */
function discount(rank: number): number {
  return 1 / Math.log2(rank + 2)
}
