import { itemToJson } from '../contract/item.js'
import type { ApiReason, RecommendationAnswer } from '../contract/recommendation.js'
import type { ItemDirectory } from './item-directory.js'
import type { NumberedReason, RankedItem } from './ranking.js'

type AnswerItem = RecommendationAnswer['items'][number]

/** A ranked item in the caller's names, with its reasons in words. Undefined for an item that was deleted meanwhile. */
export function presentItem(ranked: RankedItem, directory: ItemDirectory, include: boolean): AnswerItem | undefined {
  const item = directory.item(ranked.itemNo)
  if (item === undefined || item.hidden) return undefined
  return {
    itemId: item.itemId,
    title: item.title,
    score: ranked.score,
    reasons: ranked.reasons.map((reason) => presentReason(reason, directory)),
    sources: Object.fromEntries(ranked.parts.map(({ source, value, weight }) => [source, { score: value, weight }])),
    ...(include && { item: itemToJson(item) }),
  }
}

function presentReason(reason: NumberedReason, directory: ItemDirectory): ApiReason {
  switch (reason.kind) {
    case 'because-watched': {
      const items = reason.items.flatMap(({ itemNo, share }) => {
        const item = directory.item(itemNo)
        return item === undefined ? [] : [{ itemId: item.itemId, title: item.title, share }]
      })
      return { ...reason, items, text: `Because you watched ${items.map(({ title }) => title).join(' and ')}` }
    }
    case 'popular':
      return { ...reason, text: 'Many people watch it' }
    case 'new':
      return { ...reason, text: 'New here: nobody has tried it yet' }
    case 'best-available':
      return { ...reason, text: 'The best of what can be shown to you now' }
  }
}
