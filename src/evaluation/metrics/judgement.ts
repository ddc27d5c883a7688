/** One ranked list held against its targets: what the ranking metrics read. */
export interface Judgement {
  /** The chance that the title at rank r + 1 is a target: 1 or 0, or in between where equal scores leave the order open. */
  readonly relevance: Float64Array
  /** For each place, the first and the last place of its group of equal scores: r and r where nothing is tied. */
  readonly tieStart: Uint32Array
  readonly tieEnd: Uint32Array
  /** How many targets there were, found or not. Never 0. */
  readonly targets: number
}

/**
 * Judges a list, best first, against its targets. Given the scores of the list (non-increasing), titles of equal score share
 * their relevance, so that every metric becomes its mean over all orders of the tied titles instead of a reward for the lucky
 * one (McSherry & Najork, "Computing information retrieval performance measures efficiently in the presence of tied scores",
 * ECIR 2008). Ties that reach beyond the end of the list cannot be seen: pass a list longer than the cut-off.
 */
export function judge(ranked: ArrayLike<number>, targets: ArrayLike<number>, scores?: ArrayLike<number>): Judgement {
  const wanted = new Set<number>()
  for (let i = 0; i < targets.length; i++) wanted.add(targets[i])
  const length = ranked.length
  const relevance = new Float64Array(length)
  const tieStart = new Uint32Array(length)
  const tieEnd = new Uint32Array(length)
  for (let start = 0; start < length; ) {
    let end = start
    while (scores !== undefined && end + 1 < length && scores[end + 1] === scores[start]) end++
    let hits = 0
    for (let place = start; place <= end; place++) if (wanted.has(ranked[place])) hits++
    relevance.fill(hits / (end - start + 1), start, end + 1)
    tieStart.fill(start, start, end + 1)
    tieEnd.fill(end, start, end + 1)
    start = end + 1
  }
  return { relevance, tieStart, tieEnd, targets: wanted.size }
}

/** Where a list stops to count: at k, or at its own end. */
export function depth(judged: Judgement, k: number): number {
  return Math.min(k, judged.relevance.length)
}

/**
 * The chance that the first target stands at each place. Without ties: 1 at the first hit. Within a group of n tied titles of
 * which r are targets, the j-th is the first with chance r/(n−j) · Π_{i<j} (n−r−i)/(n−i).
 */
export function firstHitChances({ relevance, tieStart, tieEnd }: Judgement, places: number): Float64Array {
  const chances = new Float64Array(places)
  let noneYet = 1
  for (let place = 0; place < places && noneYet > 0; place++) {
    const size = tieEnd[place] - tieStart[place] + 1
    const hits = Math.round(relevance[place] * size)
    const left = tieEnd[place] - place + 1
    const hitNow = Math.min(1, hits / left)
    chances[place] = noneYet * hitNow
    noneYet *= 1 - hitNow
  }
  return chances
}

/** How many targets are among the first k titles, in expectation. */
export function hitsWithin(judged: Judgement, k: number): number {
  let hits = 0
  for (let place = 0; place < depth(judged, k); place++) hits += judged.relevance[place]
  return hits
}
