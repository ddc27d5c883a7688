import type { AdapterOptions } from '../adapters/tier.js'
import { SonaError } from '../domain/errors.js'
import type { Recency } from '../features/history.js'
import type { LearningOptions } from '../ranking/fit-ranking.js'
import { rankers } from '../ranking/index.js'
import type { Ranker, SourceWeights } from '../ranking/ranker.js'
import { type RuleNumbers, rules } from '../rules/index.js'
import type { Rule } from '../rules/rule.js'
import { sources } from '../sources/index.js'
import type { Source } from '../sources/source.js'
import { type ModelSpec, modelName } from './train.js'

/** A plan as data: what an operator writes, and what travels to ranking threads. */
export interface PlanSpec {
  readonly name: string
  readonly sources: readonly SourceSpec[]
  readonly ranker: string
  readonly weights: SourceWeights
  /** In this order, each with its numbers where it takes any. */
  readonly rules: readonly RuleSpec[]
  readonly candidatesPerSource: number
  /** The models that its sources read, where they differ from the defaults. */
  readonly models?: readonly ModelSpec[]
  /** How the `learned` ranker learns, where it differs from the defaults. */
  readonly learning?: Partial<LearningOptions>
  /** How users' adapters learn, where it differs from the defaults; `off`: there are none. */
  readonly adapters?: Partial<AdapterOptions> | 'off'
  /** The learned ranker it reads, by name. Default: `ranker`. */
  readonly learnedRanker?: string
}

/** What the learned ranker of a plan is published as. */
export function learnedName({ learnedRanker = 'ranker' }: Pick<PlanSpec, 'learnedRanker'>): string {
  return learnedRanker
}

/** Whether the plan's ranker is one that is taught. */
export function learns({ ranker }: Pick<PlanSpec, 'ranker'>): boolean {
  return ranker === 'learned' || ranker === 'personalized'
}

export interface RuleSpec extends RuleNumbers {
  /** Which of the rules in rules/index.ts it is. */
  readonly name: string
}

export interface SourceSpec {
  /** What weights, reasons and answers call it. */
  readonly name: string
  /** Which of the sources in sources/index.ts it is. */
  readonly source: string
  /** The model it reads, by name: one of the plan's `models`, else an algorithm with its defaults. */
  readonly model: string
  /** How the history fades for it. Default: the model's own. */
  readonly recency?: Recency
}

/** The models that a plan reads, each once. */
export function modelsOf({ sources, models = [] }: PlanSpec): readonly ModelSpec[] {
  return [...new Set(sources.map(({ model }) => model))].map(
    (wanted) => models.find((spec) => modelName(spec) === wanted) ?? { algorithm: wanted },
  )
}

/** Who proposes, who ranks, which rules follow. */
export interface Plan {
  readonly name: string
  readonly sources: readonly Source[]
  readonly ranker: Ranker
  /** Ranks in its place when it cannot. */
  readonly standIn: Ranker
  readonly rules: readonly Rule[]
  readonly candidatesPerSource: number
}

/** The plan a specification describes. Throws INVALID_PLAN naming the part that does not exist, or a weight that is no weight. */
export function createPlan(spec: PlanSpec): Plan {
  for (const [source, weight] of Object.entries(spec.weights)) {
    if (!(weight >= 0 && Number.isFinite(weight))) {
      throw new SonaError('INVALID_PLAN', `The weight of ${source} is ${weight}; weights are numbers of 0 or more.`)
    }
  }
  return {
    name: spec.name,
    sources: spec.sources.map(({ name, source, model, recency }) =>
      named(sources, source, 'source')(name, { model, ...(recency && { recency }) }),
    ),
    ranker: named(rankers, spec.ranker, 'ranker')(spec.weights, learnedName(spec)),
    standIn: rankers.weighted(spec.weights, ''),
    rules: spec.rules.map(({ name, ...numbers }) => named(rules, name, 'rule')(numbers)),
    candidatesPerSource: spec.candidatesPerSource,
  }
}

function named<T>(table: Readonly<Record<string, T>>, name: string, what: string): T {
  const found = Object.hasOwn(table, name) ? table[name] : undefined
  if (found === undefined) {
    throw new SonaError('INVALID_PLAN', `There is no ${what} named ${name}. Known: ${Object.keys(table).join(', ')}.`)
  }
  return found
}
