import { itemToJson } from '../contract/item.js'
import type { ApiReason, RecommendationAnswer } from '../contract/recommendation.js'
import type { Relation } from '../domain/relation.js'
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
    reasons: ranked.reasons.flatMap((reason) => presentReason(reason, directory)),
    sources: Object.fromEntries(ranked.parts.map(({ source, value, weight }) => [source, { score: value, weight }])),
    ...(include && { item: itemToJson(item) }),
  }
}

function presentReason(reason: NumberedReason, directory: ItemDirectory): ApiReason[] {
  switch (reason.kind) {
    case 'because-watched': {
      const items = reason.items.flatMap(({ itemNo, share }) => {
        const item = directory.item(itemNo)
        return item === undefined ? [] : [{ itemId: item.itemId, title: item.title, share }]
      })
      return [{ ...reason, items, text: `Because you watched ${items.map(({ title }) => title).join(' and ')}` }]
    }
    case 'path':
      return pathReason(reason, directory)
    case 'adapter':
      return [
        { ...reason, causes: [...reason.causes], text: `You lean to it: ${reason.causes.map(({ name }) => name).join(', ')}` },
      ]
    case 'popular':
      return [{ ...reason, text: 'Many people watch it' }]
    case 'new':
      return [{ ...reason, text: 'New here: nobody has tried it yet' }]
    case 'best-available':
      return [{ ...reason, text: 'The best of what can be shown to you now' }]
  }
}

/** A path whose titles are all still there, in words; else nothing. */
function pathReason(reason: Extract<NumberedReason, { kind: 'path' }>, directory: ItemDirectory): ApiReason[] {
  const start = directory.item(reason.itemNo)
  const path = reason.steps.map(({ relation, viaNo, name }) => {
    const via = viaNo === undefined ? undefined : directory.item(viaNo)
    return { relation, ...(name !== undefined && { name }), ...(via && { itemId: via.itemId, title: via.title }) }
  })
  if (start === undefined || reason.steps.some(({ viaNo }, at) => viaNo !== undefined && path[at].itemId === undefined)) return []
  const { kind, source, weight } = reason
  const words = path.map(({ relation, name, title }) => {
    const link = name === undefined ? relationWords[relation] : `${relationWords[relation]}, ${name}`
    return title === undefined ? link : `${link}: ${title}`
  })
  return [
    {
      kind,
      source,
      weight,
      items: [{ itemId: start.itemId, title: start.title, share: 1 }],
      path,
      text: `Because you watched ${start.title} — ${words.join(', and then ')}`,
    },
  ]
}

const relationWords: Readonly<Record<Relation, string>> = {
  sequel: 'next to it in the series',
  'same-franchise': 'same franchise',
  'same-director': 'same director',
  'same-cast': 'same cast',
  'watched-next': 'many watched it next',
  'same-audience': 'the same people watched it',
  'same-theme': 'same theme',
  alike: 'much the same is said of it',
  'same-genre': 'same genre',
  'same-country': 'same country',
}
