import { itemIndex } from '../domain/ids.js'
import { rowOf } from '../features/catalogue.js'
import { count, has } from '../math/bitmap.js'
import { withScratch } from '../math/scratch.js'
import type { Plan } from '../pipeline/plan.js'
import { type SearchEvidence, searchItems, type WordEvidence } from '../pipeline/search.js'
import { similarItems } from '../pipeline/similar.js'
import type { World } from '../world/visit.js'
import type { OpenGeneration } from './generation.js'
import { worldOf } from './rank.js'
import type { FoundAnswer, SearchQuestion, SimilarAnswer, SimilarQuestion } from './ranking.js'

/** Of the words' finds at least this share must be admissible, or the words are asked again among the admissible alone. */
const ENOUGH = 0.5
/** So many numbers still travel quickly to the database. A filter that keeps more refuses fewer. */
const MOST_AMONG = 50_000

/** Answers one search in this thread. */
export function find(question: SearchQuestion, plan: Plan, generation: OpenGeneration): FoundAnswer {
  const { kernels, snapshot } = generation
  return withScratch(kernels.arena, () => {
    const { query, world } = worldOf(question, snapshot(), kernels)
    const { catalogue, version, vectors } = world.snapshot
    const words = question.words.flatMap((match): WordEvidence[] => {
      const row = rowOf(catalogue, match.itemNo)
      return row < 0 ? [] : [{ ...match, row }]
    })
    const texts = generation.texts()
    const meaning = question.meaning
    const isComparable = meaning !== undefined && texts !== undefined && vectors?.version === meaning.version
    const near = question.near
      ?.map(({ itemNo, cosine }) => ({ row: rowOf(catalogue, itemNo), cosine }))
      .filter(({ row }) => row >= 0)
    const evidence: SearchEvidence = {
      words,
      ...(isComparable ? { meaning: { vector: meaning.vector, texts } } : near && { meaning: { near } }),
    }
    const among = admissibleFew([...words, ...(near ?? [])], world)
    return {
      modelVersion: version,
      items: searchItems(query, evidence, plan, world, kernels).map(({ item, ...found }) => ({
        itemNo: catalogue.itemNos[item],
        ...found,
      })),
      degraded:
        meaning === undefined || isComparable || near !== undefined
          ? []
          : [`semantic:${vectors === undefined ? 'no-vectors' : 'other-version'}`],
      ...(among && { among }),
    }
  })
}

function admissibleFew(words: readonly { readonly row: number }[], { visit, snapshot }: World): readonly number[] | undefined {
  const kept = words.filter(({ row }) => has(visit.admissible, row)).length
  if (words.length === 0 || kept >= ENOUGH * words.length || count(visit.admissible) > MOST_AMONG) return undefined
  return Array.from(snapshot.catalogue.itemNos).filter((_, row) => has(visit.admissible, row))
}

/** Answers what is like one item; of an item that is gone, nothing. */
export function findSimilar(question: SimilarQuestion, _plan: Plan, { kernels, snapshot }: OpenGeneration): SimilarAnswer {
  return withScratch(kernels.arena, () => {
    const { query, world } = worldOf(question, snapshot(), kernels)
    const { catalogue, version, models } = world.snapshot
    const row = rowOf(catalogue, question.itemNo)
    if (row < 0) return { modelVersion: version, items: [], degraded: [] }
    const { items, silent } = similarItems(itemIndex(row), query, world, kernels)
    return {
      modelVersion: version,
      items: items.map(({ item, score, parts }) => ({ itemNo: catalogue.itemNos[item], score, parts })),
      degraded: silent.map(
        (part) => `${part}:${part === 'content' ? 'no-vector' : models.size === 0 ? 'none-published' : 'no-model'}`,
      ),
    }
  })
}
