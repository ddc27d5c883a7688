import { z } from 'zod'
import { SonaError } from '../domain/errors.js'
import type { Tunable } from '../domain/tunable.js'
import { algorithms } from '../models/index.js'
import type { PlanSpec } from '../pipeline/plan.js'
import { modelName } from '../pipeline/train.js'
import { rankers } from '../ranking/index.js'
import { rules } from '../rules/index.js'
import { sources } from '../sources/index.js'
import { given, optional } from './fields.js'
import { type Problem, parseWith, sentenceOf } from './problems.js'

/** A plan is written by a person and read by ranking threads: what comes out of here holds together. */

const MOST_CANDIDATES = 5_000
const MOST_SOURCES = 50

const nameSchema = z.string().min(1).max(100)
const oneOf = (table: Readonly<Record<string, unknown>>) => z.enum(Object.keys(table) as [string, ...string[]])
const aboveZero = z.number().refine((number) => number > 0, 'must be more than 0')

const recencySchema = z
  .strictObject({
    halfLifePositions: optional(aboveZero),
    halfLifeDays: optional(aboveZero),
    maxEntries: optional(z.int().min(1)),
  })
  .transform((recency) => given(recency))

const sourceSchema = z
  .strictObject({ name: nameSchema, source: oneOf(sources), model: nameSchema, recency: optional(recencySchema) })
  .transform((source) => given(source))

const ruleSchema = z
  .strictObject({ name: oneOf(rules), limit: optional(z.int().min(1)), lambda: optional(z.number().min(0).max(1)) })
  .transform((rule) => given(rule))

const optionValueSchema = z.union([z.number(), z.string(), z.boolean()])

const modelSchema = z
  .strictObject({
    name: optional(nameSchema),
    algorithm: nameSchema,
    options: optional(z.record(z.string(), optionValueSchema)),
  })
  .superRefine(({ algorithm, options }, issues) => {
    for (const { field, message } of optionProblems(algorithm, options ?? {})) {
      issues.addIssue({ code: 'custom', path: ['options', field], message })
    }
  })
  .transform((model) => given(model))

const learningSchema = z
  .strictObject({
    kind: optional(z.enum(['auto', 'trees', 'linear', 'weights'])),
    objective: optional(z.enum(['softmax', 'lambdamart'])),
    trees: optional(z.int().min(1).max(2_000)),
    leaves: optional(z.int().min(2).max(255)),
    learningRate: optional(aboveZero),
    featureShare: optional(z.number().gt(0).max(1)),
    l2: optional(z.number().min(0)),
    hardNegatives: optional(z.int().min(0).max(200)),
    randomNegatives: optional(z.int().min(1).max(200)),
    questions: optional(z.int().min(1).max(1_000_000)),
    questionsPerUser: optional(z.int().min(2).max(1_000_000)),
  })
  .transform((learning) => given(learning))

/** Ranks beyond 64 make adapters larger than 10 KB. */
const adaptersSchema = z.union([
  z.literal('off'),
  z
    .strictObject({
      rank: optional(z.int().min(1).max(64)),
      alpha: optional(aboveZero),
      priorScale: optional(aboveZero),
      cellPrior: optional(z.number().min(0)),
      gateDiscount: optional(z.number().min(0.9).max(1)),
      memory: optional(z.number().min(0.9).max(1)),
      sharedPrior: optional(aboveZero),
      sharedMemory: optional(z.number().min(0.9).max(1)),
    })
    .transform((adapters) => given(adapters)),
])

/** Extend this object when a plan gets another field; unknown ones are refused. */
const planSchema: z.ZodType<PlanSpec> = z
  .strictObject({
    name: nameSchema,
    sources: z.array(sourceSchema).min(1).max(MOST_SOURCES),
    ranker: oneOf(rankers),
    weights: z.record(z.string(), z.number().min(0)),
    rules: z.array(ruleSchema),
    candidatesPerSource: z.int().min(1).max(MOST_CANDIDATES),
    models: optional(z.array(modelSchema)),
    learning: optional(learningSchema),
    adapters: optional(adaptersSchema),
    learnedRanker: optional(nameSchema),
  })
  .transform((plan) => given(plan))
  .superRefine(({ sources, weights, models }, issues) => {
    const names = sources.map(({ name }) => name)
    const complain = (path: PropertyKey[], message: string): void => issues.addIssue({ code: 'custom', path, message })
    for (const at of repeats(names)) complain(['sources', at, 'name'], `is the name of an earlier source already`)
    for (const at of repeats((models ?? []).map(modelName))) complain(['models', at], 'has the name of an earlier model')
    for (const name of Object.keys(weights)) {
      if (!names.includes(name)) complain(['weights', name], `is no source of this plan; they are ${names.join(', ')}`)
    }
  })

/**
 * A plan as it came from outside, checked. Throws UNKNOWN_MODEL when it names a model that there is not, and INVALID_PLAN with all
 * that is wrong with it otherwise.
 */
export function parsePlan(input: unknown): PlanSpec {
  const parsed = parseWith(planSchema, input)
  if (!parsed.ok) {
    throw new SonaError('INVALID_PLAN', `The plan cannot be used: ${sentenceOf(parsed.problems)}.`, { details: parsed.problems })
  }
  const problems = unknownModels(parsed.value)
  if (problems.length === 0) return parsed.value
  throw new SonaError('UNKNOWN_MODEL', `The plan cannot be used: ${sentenceOf(problems)}.`, { details: problems })
}

function unknownModels({ sources, models = [] }: PlanSpec): Problem[] {
  const named = models.map(modelName)
  const known = [...algorithms.keys()]
  const isModel = (name: string): boolean => named.includes(name) || known.includes(name)
  return [
    ...models.flatMap(({ algorithm }, at) =>
      known.includes(algorithm) ? [] : [{ field: `models[${at}].algorithm`, message: `must be one of ${known.join(', ')}` }],
    ),
    ...sources.flatMap(({ model }, at) =>
      isModel(model)
        ? []
        : [{ field: `sources[${at}].model`, message: `must be one of ${[...new Set([...named, ...known])].join(', ')}` }],
    ),
  ]
}

/** What is wrong with a model's options, by option. Those of an unknown algorithm are not judged. */
function optionProblems(algorithm: string, options: Readonly<Record<string, unknown>>): Problem[] {
  const known = algorithms.get(algorithm)
  if (known === undefined) return []
  const defaults = known.defaults as Readonly<Record<string, unknown>>
  const space: Readonly<Record<string, Tunable>> = known.space ?? {}
  return Object.entries(options).flatMap(([field, value]) => {
    if (!Object.hasOwn(defaults, field)) {
      return [{ field, message: `is no option of ${algorithm}; it has ${Object.keys(defaults).join(', ')}` }]
    }
    const expected = expectedOf(defaults[field], space[field])
    return expected.holds(value) ? [] : [{ field, message: `must be ${expected.words}` }]
  })
}

interface Expected {
  readonly words: string
  holds(value: unknown): boolean
}

/** Numbers are of 0 or more unless the default is not; what is searched by factors is above 0; words are those that the space lists. */
function expectedOf(byDefault: unknown, tunable: Tunable | undefined): Expected {
  if (typeof byDefault === 'number') return expectedNumber(byDefault, tunable)
  if (typeof byDefault === 'string' && tunable !== undefined && 'choices' in tunable) {
    return { words: `one of ${tunable.choices.join(', ')}`, holds: (value) => tunable.choices.some((choice) => choice === value) }
  }
  const words = typeof byDefault === 'boolean' ? 'true or false' : 'text'
  return { words, holds: (value) => typeof value === typeof byDefault }
}

function expectedNumber(byDefault: number, tunable: Tunable | undefined): Expected {
  const range = tunable !== undefined && 'from' in tunable ? tunable : undefined
  const isWhole = range?.whole ?? (tunable !== undefined && 'choices' in tunable && tunable.choices.every(Number.isInteger))
  const isAboveZero = range?.scale === 'log' && range.or !== 0
  const noun = `a ${isWhole ? 'whole ' : ''}number`
  return {
    words: byDefault < 0 ? noun : `${noun} ${isAboveZero ? 'above 0' : 'of 0 or more'}`,
    holds(value) {
      if (typeof value !== 'number' || !(isWhole ? Number.isInteger(value) : Number.isFinite(value))) return false
      return byDefault < 0 || (isAboveZero ? value > 0 : value >= 0)
    },
  }
}

/** Where a name stands that stood before. */
function repeats(names: readonly string[]): number[] {
  return names.flatMap((name, at) => (names.indexOf(name) < at ? [at] : []))
}
