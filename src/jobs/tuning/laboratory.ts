import { SonaError } from '../../domain/errors.js'
import { modelsOf, type PlanSpec } from '../../pipeline/plan.js'
import { type ModelSpec, modelName } from '../../pipeline/train.js'
import { meanOverUsers } from '../../tuning/asking-order.js'
import { trainModels } from '../train.js'
import { type Asker, type AskerOptions, openAsker } from './asker.js'
import type { Deadline } from './deadline.js'
import type { TrialLog } from './trial-log.js'

/** A plan to be measured. Which models it needs, and whether they are trained already, is the laboratory's affair. */
export interface Candidate {
  readonly stage: string
  readonly trial: number
  readonly plan: PlanSpec
}

/** Trains what plans need, asks them the questions of the validation, and writes down what came out. */
export interface Laboratory {
  /** NDCG of each candidate over the first `users` users, in their order. Shorter when time ran out. */
  measure(candidates: readonly Candidate[], users: number, deadline: Deadline): Promise<readonly number[]>
  /** NDCG of each plan on every question. Undefined when time ran out. */
  questionByQuestion(plans: readonly PlanSpec[], deadline: Deadline): Promise<readonly Float64Array[] | undefined>
  close(): Promise<void>
}

export interface LaboratoryOptions extends AskerOptions {
  readonly log: TrialLog
  readonly seed: number
  /** Stops everything, with TRAINING_ABORTED. */
  readonly signal: AbortSignal
  /** What a model's training may take. */
  readonly trainingBudgetBytes: number | undefined
  readonly onMeasured: (candidate: Candidate, users: number, value: number) => void
}

/** Plans that are asked in one go. */
const PLANS_AT_ONCE = 32
/** Trained models that are kept for a next rung; beyond it those that were not needed for the longest time are trained again. */
const SHELF_BYTES = 2 ** 30

export function createLaboratory(options: LaboratoryOptions): Laboratory {
  const { log, order, signal } = options
  const shelf = createShelf(options)
  let open: { readonly models: ReadonlySet<string>; readonly asker: Asker } | undefined

  async function close(): Promise<void> {
    await open?.asker.close()
    open = undefined
  }

  /** An asker that holds these models, the one that is open if it does. */
  async function askerWith(specs: ReadonlyMap<string, ModelSpec>, deadline: Deadline): Promise<Asker | undefined> {
    const holds = open?.models
    if (open !== undefined && [...specs.keys()].every((key) => holds?.has(key))) return open.asker
    await close()
    const bytes = await shelf.take(specs, deadline)
    if (bytes === undefined) return undefined
    open = { models: new Set(specs.keys()), asker: openAsker(bytes, options) }
    return open.asker
  }

  async function ask(
    plans: readonly PlanSpec[],
    users: number,
    deadline: Deadline,
  ): Promise<readonly Float64Array[] | undefined> {
    const specs = new Map(plans.flatMap(modelsOf).map((spec) => [keyOf(spec), spec]))
    const asker = await askerWith(specs, deadline)
    return asker?.ask(plans.map(byKeys), users, deadline.signal)
  }

  return {
    async measure(candidates, users, deadline) {
      const values: number[] = []
      const told = (candidate: Candidate, value: number): void => {
        values.push(value)
        options.onMeasured(candidate, users, value)
      }
      for (const group of groupsOf(candidates, (each) => log.find(each.stage, users, each.plan), options.threads)) {
        if (group.known !== undefined) {
          told(group.candidates[0], group.known)
          continue
        }
        const started = performance.now()
        const answers = deadline.isOver()
          ? undefined
          : await ask(
              group.candidates.map(({ plan }) => plan),
              users,
              deadline,
            )
        if (signal.aborted)
          throw new SonaError('TRAINING_ABORTED', 'The tuning was stopped. What it measured is kept: go on with --resume.')
        if (answers === undefined) return values
        const seconds = (performance.now() - started) / 1000 / answers.length
        const means = answers.map((each) => meanOverUsers(order, each, users))
        await log.append(group.candidates.map((each, at) => ({ ...each, users, value: means[at], seconds })))
        for (const [at, each] of group.candidates.entries()) told(each, means[at])
      }
      return values
    },
    questionByQuestion: (plans, deadline) => ask(plans, order.users, deadline),
    close,
  }
}

interface Group {
  readonly candidates: readonly Candidate[]
  /** Of a group of one that was measured by an earlier run. */
  readonly known?: number
}

/** Neighbours that are measured together: few models at a time, many plans where they read the same models. */
function groupsOf(
  candidates: readonly Candidate[],
  find: (candidate: Candidate) => number | undefined,
  threads: number,
): Group[] {
  const groups: Group[] = []
  let current: Candidate[] = []
  const flush = (): void => {
    if (current.length > 0) groups.push({ candidates: current })
    current = []
  }
  const modelCount = (plans: readonly PlanSpec[]): number => new Set(plans.flatMap(modelsOf).map(keyOf)).size
  for (const candidate of candidates) {
    const known = find(candidate)
    if (known !== undefined) {
      flush()
      groups.push({ candidates: [candidate], known })
      continue
    }
    const most = Math.max(threads, modelsOf(candidate.plan).length)
    const together = [...current, candidate]
    if (together.length > PLANS_AT_ONCE || modelCount(together.map(({ plan }) => plan)) > most) flush()
    current.push(candidate)
  }
  flush()
  return groups
}

/** What a trained model depends on beside data and seed; the seed of a training is drawn by its name. */
function keyOf(spec: ModelSpec): string {
  return JSON.stringify([modelName(spec), spec.algorithm, spec.options ?? {}])
}

/** The plan with its models under their keys: two candidates may mean different models by one name. */
function byKeys(plan: PlanSpec): PlanSpec {
  const keys = new Map(modelsOf(plan).map((spec) => [modelName(spec), keyOf(spec)]))
  return { ...plan, sources: plan.sources.map((source) => ({ ...source, model: keys.get(source.model) ?? source.model })) }
}

interface Shelf {
  /** The trained models, by key. Undefined when time ran out. */
  take(specs: ReadonlyMap<string, ModelSpec>, deadline: Deadline): Promise<ReadonlyMap<string, Uint8Array> | undefined>
}

function createShelf({ data, catalogue, seed, threads, trainingBudgetBytes, signal }: LaboratoryOptions): Shelf {
  const kept = new Map<string, Uint8Array>() // the longest unused first
  return {
    async take(specs, deadline) {
      const missing = [...specs].filter(([key]) => !kept.has(key))
      try {
        const trained = await trainModels(
          { dataset: data.validation.train, catalogue },
          {
            models: missing.map(([, spec]) => spec),
            seed,
            threads,
            signal: deadline.signal,
            ...(trainingBudgetBytes !== undefined && { memoryBudgetBytes: trainingBudgetBytes }),
          },
        )
        trained.forEach(({ bytes }, at) => {
          kept.set(missing[at][0], bytes)
        })
      } catch (error) {
        // Time ran out while something was training: nothing of it counts, and the caller is told so.
        const isTimeUp = error instanceof SonaError && error.code === 'TRAINING_ABORTED' && !signal.aborted
        if (isTimeUp) return undefined
        throw error
      }
      const taken = new Map([...specs.keys()].map((key) => [key, kept.get(key) ?? new Uint8Array(0)]))
      for (const [key, bytes] of taken) {
        kept.delete(key)
        kept.set(key, bytes)
      }
      dropUnused(kept)
      return taken
    },
  }
}

function dropUnused(kept: Map<string, Uint8Array>): void {
  let total = 0
  for (const { length } of kept.values()) total += length
  for (const [key, { length }] of kept) {
    if (total <= SHELF_BYTES) return
    kept.delete(key)
    total -= length
  }
}
