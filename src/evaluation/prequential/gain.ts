/**
 * What one title is worth in a list: its NDCG@k, being the only one that is right. Titles of equal score share their places, as in
 * metrics/judgement.ts; of a franchise only the first few count, as the rule franchise-cap has it (rules/franchise-cap.ts).
 */
export interface Candidates {
  /** The group (franchise, series) of each candidate; NO_GROUP for none. */
  readonly groups: Int32Array
  /** Titles of one group that may stand near the top. */
  readonly perGroup: number
}

export const NO_GROUP = -1

/** NDCG@k of the list that these scores make, for the candidate `target`. */
export function gainOf(scores: ArrayLike<number>, target: number, { groups, perGroup }: Candidates, k: number): number {
  const own = scores[target]
  const ownGroup = groups[target]
  const ahead = new Map<number, number>()
  let before = 0
  let equal = 0
  for (let i = 0; i < scores.length; i++) {
    if (scores[i] === own) equal++
    if (!(scores[i] > own)) continue
    const group = groups[i]
    if (group === NO_GROUP) before++
    else {
      const place = (ahead.get(group) ?? 0) + 1
      ahead.set(group, place)
      if (place <= perGroup) before++
    }
  }
  if (ownGroup !== NO_GROUP && (ahead.get(ownGroup) ?? 0) >= perGroup) return 0
  let sum = 0
  for (let place = before; place < Math.min(k, before + equal); place++) sum += 1 / Math.log2(place + 2)
  return sum / equal
}
