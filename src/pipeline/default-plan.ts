import type { PlanSpec } from './plan.js'

/** What serves until somebody writes a plan of their own. Its numbers were chosen on validation data; see docs/benchmarks.md. */
export const defaultPlan: PlanSpec = {
  name: 'hybrid',
  sources: [
    { name: 'collaborative', source: 'collaborative', model: 'ease', recency: { halfLifePositions: 5 } },
    { name: 'sequential', source: 'sequential', model: 'next-item' },
    { name: 'transitions', source: 'sequential', model: 'transitions' },
    { name: 'popular', source: 'popular', model: 'popularity' },
  ],
  ranker: 'weighted',
  weights: { collaborative: 0.5, sequential: 1, transitions: 0.5, popular: 0.02 },
  rules: [{ name: 'eligible' }, { name: 'franchise-cap', limit: 3 }],
  candidatesPerSource: 100,
}

/** The default plan under each ranker: the `hybrid:` rows of an evaluation. */
export const hybridPlans: readonly PlanSpec[] = ['weighted', 'reciprocal-rank', 'learned'].map((ranker) => ({
  ...defaultPlan,
  name: `hybrid:${ranker}`,
  ranker,
}))

/** A plan that asks one model alone, with its own recency: the rows of an evaluation that say what each model is worth. */
export function singleModelPlan(model: string): PlanSpec {
  return {
    name: model,
    sources: [{ name: model, source: 'collaborative', model }],
    ranker: 'weighted',
    weights: {},
    rules: [],
    candidatesPerSource: 100,
  }
}
