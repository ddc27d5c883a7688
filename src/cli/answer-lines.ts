import type { RecommendationAnswer } from '../contract/recommendation.js'

/** An answer for people to read: a line an item, and why under it. */
export function answerLines(answer: RecommendationAnswer, explain: boolean): string[] {
  if (answer.items.length === 0) {
    return ['Nothing to recommend: no item is admissible. Is the catalogue empty, or the filter too narrow?']
  }
  const lines = answer.items.flatMap((item, at) => [
    `${String(at + 1).padStart(3)}. ${item.title}  (${item.itemId}, ${item.score.toFixed(3)})`,
    ...(explain ? item.reasons.map(({ text, source, weight }) => `       ${text}${shareOf(source, weight)}`) : []),
  ])
  const degraded = answer.degraded.length === 0 ? '' : `, degraded: ${answer.degraded.join(', ')}`
  return [...lines, `     plan ${answer.plan}, models ${answer.modelVersion}, ${answer.tookMs.toFixed(1)} ms${degraded}`]
}

function shareOf(source: string | undefined, weight: number | undefined): string {
  return source === undefined || weight === undefined ? '' : ` — ${source}, ${Math.round(100 * weight)} % of its score`
}
