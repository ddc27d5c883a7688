/** What is tuned, and in what order: each stage is a search space, and the plan that a point of it means. */
import type { SearchSpace } from '../../domain/tunable.js'
import type { Recency } from '../../features/history.js'
import { algorithms } from '../../models/index.js'
import { modelsOf, type PlanSpec, type SourceSpec } from '../../pipeline/plan.js'
import { type ModelSpec, modelName } from '../../pipeline/train.js'
import type { Settings } from '../../tuning/settings.js'

export interface Stage {
  readonly name: string
  /** What a trial's value is of, in words. */
  readonly of: string
  readonly space: SearchSpace
  /** The settings of trial 0. */
  readonly start: Settings
  /** How many times the usual number of trials it makes: what needs no training is cheap. */
  readonly thoroughness: number
  /** The plan that is asked. `share` of the full effort: a model that trains in sweeps trains fewer. */
  measured(settings: Settings | undefined, share: number): PlanSpec
  /** The whole plan, with what was found. */
  applied(settings: Settings): PlanSpec
}

export const recencySpace: SearchSpace = {
  halfLifePositions: { from: 1, to: 60, scale: 'log', or: 0 },
  halfLifeDays: { from: 0.2, to: 1_500, scale: 'log', or: 0 },
}

export const weightSpace = { from: 0.01, to: 2, scale: 'log', or: 0 } as const

/** The rankers that can be asked as soon as models are trained. */
const weighing: ReadonlySet<string> = new Set(['weighted', 'reciprocal-rank'])

/** The plan as a search asks it. A learned ranker learns on the validation, which cannot judge it; its stand-in is asked: the weights. */
export function searchable(plan: PlanSpec): PlanSpec {
  return weighing.has(plan.ranker) ? plan : { ...plan, ranker: 'weighted' }
}

/**
 * The stages, each made from the plan that those before it left: options of each model by what it is worth alone, half-lives of
 * each source likewise, then weights by what the whole plan is worth. `share` is of the time that is left when a stage begins.
 */
export function stagesOf(plan: PlanSpec): readonly { readonly share: number; readonly make: (plan: PlanSpec) => Stage }[] {
  const models = modelsOf(plan).filter(({ algorithm }) => Object.keys(spaceOf(algorithm)).length > 0)
  const stages = [
    ...models.map((spec) => ({ weight: 6, make: (current: PlanSpec) => modelStage(current, modelName(spec)) })),
    ...plan.sources.map(({ name }) => ({ weight: 2, make: (current: PlanSpec) => recencyStage(current, name) })),
    ...(plan.sources.length > 1 ? [{ weight: 10, make: weightStage }] : []),
    // Options of a learned ranker (trees, leaves, learning rate) would be a stage here, given a later fold to judge it by: on tuned models,
    // with `applied` writing the plan's `learning`.
  ]
  let left = stages.reduce((sum, { weight }) => sum + weight, 0)
  return stages.map(({ weight, make }) => {
    const share = weight / left
    left -= weight
    return { share, make }
  })
}

/** All that may be tried, for telling whether two runs searched the same. */
export function spacesOf(plan: PlanSpec): unknown {
  return {
    models: modelsOf(plan).map(({ algorithm }) => [algorithm, spaceOf(algorithm), algorithms.get(algorithm)?.effort]),
    recency: recencySpace,
    weights: weightSpace,
  }
}

function spaceOf(algorithm: string): SearchSpace {
  return algorithms.get(algorithm)?.space ?? {}
}

function modelStage(plan: PlanSpec, name: string): Stage {
  const spec = modelsOf(plan).find((each) => modelName(each) === name) ?? { algorithm: name }
  const space = spaceOf(spec.algorithm)
  const { defaults, effort } = algorithms.get(spec.algorithm) ?? { defaults: {} }
  const options = { ...defaults, ...spec.options } as Settings
  const source = plan.sources.find(({ model }) => model === name) ?? plan.sources[0]
  const trained = (settings: Settings | undefined, share: number): ModelSpec => {
    const full = { ...spec, ...(settings && { options: { ...spec.options, ...settings } }) }
    if (effort === undefined || share === 1) return full
    return { ...full, options: { ...full.options, [effort]: Math.max(1, Math.round(share * Number(options[effort]))) } }
  }
  return {
    name: `model ${name}`,
    of: `the source ${source.name} alone`,
    thoroughness: 1,
    space,
    start: Object.fromEntries(Object.keys(space).map((option) => [option, options[option]])),
    measured: (settings, share) => alone(plan, source, trained(settings, share)),
    applied: (settings) => ({
      ...plan,
      models: modelsOf(plan).map((each) => (modelName(each) === name ? trained(settings, 1) : each)),
    }),
  }
}

function recencyStage(plan: PlanSpec, name: string): Stage {
  const source = plan.sources.find((each) => each.name === name) ?? plan.sources[0]
  const spec = modelsOf(plan).find((each) => modelName(each) === source.model) ?? { algorithm: source.model }
  const fading = (settings: Settings | undefined): SourceSpec => {
    return settings === undefined ? source : { ...source, recency: recencyOf(settings, source.recency) }
  }
  return {
    name: `half-lives of ${name}`,
    of: `the source ${name} alone`,
    thoroughness: 1,
    space: recencySpace,
    start: source.recency === undefined ? {} : { halfLifePositions: 0, halfLifeDays: 0, ...knownHalfLives(source.recency) },
    measured: (settings) => alone(plan, fading(settings), spec),
    applied: (settings) => ({ ...plan, sources: plan.sources.map((each) => (each === source ? fading(settings) : each)) }),
  }
}

function knownHalfLives({ halfLifePositions, halfLifeDays }: Recency): Settings {
  return { ...(halfLifePositions && { halfLifePositions }), ...(halfLifeDays && { halfLifeDays }) }
}

/** 0 means that it does not fade that way. How far the history is read at all is not tuned. */
function recencyOf({ halfLifePositions, halfLifeDays }: Settings, before: Recency | undefined): Recency {
  return {
    ...(Number(halfLifePositions) > 0 && { halfLifePositions: Number(halfLifePositions) }),
    ...(Number(halfLifeDays) > 0 && { halfLifeDays: Number(halfLifeDays) }),
    ...(before?.maxEntries !== undefined && { maxEntries: before.maxEntries }),
  }
}

function weightStage(plan: PlanSpec): Stage {
  const weighed = (settings: Settings | undefined): PlanSpec => {
    return settings === undefined ? plan : { ...plan, weights: settings as Readonly<Record<string, number>> }
  }
  return {
    name: 'weights',
    of: 'the whole plan',
    thoroughness: 3,
    space: Object.fromEntries(plan.sources.map(({ name }) => [name, weightSpace])),
    start: Object.fromEntries(plan.sources.map(({ name }) => [name, plan.weights[name] ?? 1])),
    measured: weighed,
    applied: weighed,
  }
}

/** A plan of one source: what the model behind it is worth. */
function alone({ rules, candidatesPerSource }: PlanSpec, source: SourceSpec, model: ModelSpec): PlanSpec {
  return { name: source.name, sources: [source], ranker: 'weighted', weights: {}, rules, candidatesPerSource, models: [model] }
}
