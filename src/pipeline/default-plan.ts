import type { PlanSpec } from './plan.js'

/**
 * What serves until somebody writes a plan of their own. Its sources and weights were chosen on validation data, see docs/benchmarks.md;
 * how they are blended is learned, and each user's adapter corrects it as far as it was seen to help. The weights rank when the learned ranker cannot.
 */
export const defaultPlan: PlanSpec = {
  name: 'hybrid',
  sources: [
    { name: 'recurrence', source: 'sequential', model: 'gated-recurrence' },
    { name: 'sequential', source: 'sequential', model: 'next-item' },
    { name: 'transitions', source: 'sequential', model: 'transitions' },
    { name: 'last', source: 'signal', model: 'transitions', recency: { maxEntries: 1 } },
    { name: 'neighbours', source: 'collaborative', model: 'user-knn' },
    { name: 'collaborative', source: 'collaborative', model: 'ease', recency: { halfLifePositions: 5 } },
    { name: 'taste', source: 'collaborative', model: 'ease' },
    { name: 'factors', source: 'collaborative', model: 'als-unfading' },
    { name: 'graph', source: 'graph', model: 'graph-walk' },
    { name: 'content', source: 'content', model: 'content' },
    { name: 'projection', source: 'content', model: 'content-projection' },
    { name: 'popular', source: 'popular', model: 'popularity' },
    { name: 'always', source: 'signal', model: 'popular-always' },
  ],
  models: [
    {
      name: 'als-unfading',
      algorithm: 'als',
      options: { factors: 32, unobservedWeight: 0.2, regularization: 0.02, recencyHalfLifePositions: 0 },
    },
    { name: 'popular-always', algorithm: 'popularity', options: { halfLifeDays: 0 } },
  ],
  ranker: 'personalized',
  weights: {
    recurrence: 2,
    sequential: 0.1,
    transitions: 0.1,
    last: 0,
    neighbours: 0.1,
    collaborative: 0.1,
    taste: 0.2,
    factors: 0.1,
    graph: 0.1,
    content: 0.1,
    projection: 0.1,
    popular: 0.1,
    always: 0,
  },
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
