import type { SharedTier } from '../../src/adapters/tier.js'
import { cutDataset } from '../../src/evaluation/cut-dataset.js'
import { dayQuantiles, entriesBefore, successiveTasks } from '../../src/evaluation/splits.js'
import { createCatalogue } from '../../src/features/catalogue.js'
import { type LearnedRanker, learnRanker } from '../../src/jobs/learn-ranker.js'
import { trainModels } from '../../src/jobs/train.js'
import { modelsOf, type PlanSpec } from '../../src/pipeline/plan.js'
import type { LearningOptions } from '../../src/ranking/fit-ranking.js'
import { smallDataset, smallItems } from '../small-world.js'

/** The weights are wrong on purpose: they listen to popularity alone. */
export const spec: PlanSpec = {
  name: 'learning',
  sources: [
    { name: 'collaborative', source: 'collaborative', model: 'ease' },
    { name: 'next', source: 'sequential', model: 'next-item' },
    { name: 'popular', source: 'popular', model: 'popularity' },
  ],
  ranker: 'learned',
  weights: { collaborative: 0, next: 0, popular: 1 },
  rules: [],
  candidatesPerSource: 60,
}
export const models = ['ease', 'next-item', 'popularity']
export const quick = { trees: 20, leaves: 6, learningRate: 0.2 }

/** Taught as `sona train` does: models of the past, questions of the latest third. */
export async function taught(
  learning: Partial<LearningOptions> = {},
  threads = 1,
  { plan = spec, tier }: { readonly plan?: PlanSpec; readonly tier?: SharedTier } = {},
): Promise<LearnedRanker> {
  const dataset = smallDataset()
  const catalogue = createCatalogue(smallItems)
  const [day] = dayQuantiles(dataset, [0.66])
  const past = cutDataset(dataset, entriesBefore(dataset, day!), day!)
  const { tasks } = successiveTasks(dataset, (entry) => dataset.days[entry]! >= day!, 'left-out')
  const trained = await trainModels({ dataset: past, catalogue }, { models: modelsOf(plan), threads: 1 })
  return learnRanker(
    { plan: { ...plan, learning }, catalogue, dataset, tasks, trained, ...(tier && { tier }) },
    { seed: 1, threads },
  )
}
