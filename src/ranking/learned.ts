import { absenceOf, inLearnedOrder, learnedScores, sourceParts } from './learned-order.js'
import type { Ranker, SourceWeights } from './ranker.js'

/**
 * A ranker that learned from what people took next: boosted trees or a linear model over the sources' scores, what is known of the
 * titles, and what they share with the history (candidate-features.ts). Which of the two, or the plan's own weights, was chosen on
 * data that it did not learn from; see pipeline/learn.ts.
 *
 *   the first `CUT` candidates, taken from the sources in turns → features → score;  the others follow as they were taken, and so do
 *   titles of which no source can tell anything: what was learned of scores says nothing of them
 *
 * Choose  whenever there are some hundred questions to learn from.
 * Avoid   when an operator wants to set the weights by hand: `weighted`.
 *
 * @param name of the learned ranker in the snapshot
 */
export function learned(weights: SourceWeights, name: string): Ranker {
  const look: NonNullable<Ranker['look']> = (query, pools, world, sought) =>
    learnedScores(name, weights, query, pools, world, sought)
  return {
    name: 'learned',
    absence: (pools, world) => absenceOf(name, pools, world),
    look,
    rank(query, pools, world) {
      const said = look(query, pools, world)
      return said === undefined ? [] : inLearnedOrder(said, said.scores, (k) => sourceParts(said, k, pools))
    },
  }
}
