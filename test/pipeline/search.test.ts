import { describe, expect, it } from 'vitest'
import { singleModelPlan } from '../../src/pipeline/default-plan.js'
import { createPlan } from '../../src/pipeline/plan.js'
import { type SearchEvidence, searchItems, searchWeights, type WordEvidence } from '../../src/pipeline/search.js'
import { along, kernels, row, worldWith } from './worlds.js'

const plan = createPlan(singleModelPlan('popularity'))
const match = (at: number, fields: Partial<WordEvidence> = {}): WordEvidence => ({
  row: at,
  titleLikeness: 0,
  titleWithin: 0,
  named: 0,
  told: 0,
  rank: 0,
  ...fields,
})
const items = [{ vector: along(0) }, { vector: along(0, 1) }, { vector: along(1) }, { title: 'no vector' }]

function found(evidence: SearchEvidence, asked = {}) {
  const { world, query } = worldWith(items, asked)
  return searchItems(query, evidence, plan, world, kernels)
}

describe('searchItems', () => {
  it('adds up what words and meaning say, each by its weight', () => {
    const { world, query, texts } = worldWith(items)
    const evidence = {
      words: [match(3, { titleLikeness: 0.5, titleWithin: 1, named: 0.5, told: 0.5, rank: 1 })],
      meaning: { vector: along(0), texts },
    }
    const answer = searchItems(query, evidence, plan, world, kernels)
    const byItem = new Map(answer.map((each) => [each.item as number, each]))
    expect(byItem.get(3)?.parts).toEqual({ words: expect.closeTo(0.5 + 0.25 + 0.5 + 0.5 + 0.1, 6) })
    expect(byItem.get(0)?.parts.meaning).toBeCloseTo(1, 3)
    expect(byItem.get(1)?.parts.meaning).toBeCloseTo(Math.SQRT1_2, 2) // between 1 at the best and 0 at the last
    expect(byItem.get(2)?.parts.meaning).toBeCloseTo(0, 2)
    expect(byItem.get(0)?.score).toBeCloseTo(searchWeights.meaning, 2)
    expect(answer.map(({ item }) => item as number)).toEqual([3, 0, 1, 2])
  })

  it('puts a title that was typed in full before what only sounds like it', () => {
    const { world, query, texts } = worldWith(items)
    const full = match(2, { titleLikeness: 1, titleWithin: 1, named: 1, told: 1 })
    const answer = searchItems(query, { words: [full], meaning: { vector: along(0), texts } }, plan, world, kernels)
    expect(answer[0]?.item).toBe(2)
  })

  it('answers with admissible items alone, and with as many as there are', () => {
    const words = items.map((_, at) => match(at, { named: 1 }))
    expect(found({ words }, { exclude: [row(1), row(3)] }).map(({ item }) => item as number)).toEqual([0, 2])
    expect(found({ words }, { count: 2 })).toHaveLength(2)
  })

  it('does not call an item near because nothing else is left', () => {
    const { world, query, texts } = worldWith(items, { exclude: [row(0), row(1)] })
    const [only] = searchItems(query, { words: [], meaning: { vector: along(0), texts } }, plan, world, kernels)
    expect(only?.item).toBe(2)
    expect(only?.parts.meaning).toBeCloseTo(0, 2)
  })

  it('finds nothing where nothing was found', () => {
    expect(found({ words: [] })).toEqual([])
  })

  it('takes no memory for it', () => {
    const { world, query, texts } = worldWith(items)
    const before = kernels.arena.usedBytes
    searchItems(query, { words: [], meaning: { vector: along(0), texts } }, plan, world, kernels)
    expect(kernels.arena.usedBytes).toBe(before)
  })
})
