import { SonaError } from '../../domain/errors.js'
import { modelsOf, type PlanSpec } from '../../pipeline/plan.js'
import { type ModelSpec, modelName } from '../../pipeline/train.js'
import { errorOfDifference, meanOverUsers, meansOfUsers } from '../../tuning/asking-order.js'
import { type Asker, type AskerOptions, openAsker } from './asker.js'
import type { Deadline } from './deadline.js'
import { createShelf, keyOf, type ShelfOptions } from './model-shelf.js'
import type { TrialLog } from './trial-log.js'

/** A plan to be measured. Which models it needs, and whether they are trained already, is the laboratory's affair. */
export interface Candidate {
  readonly stage: string
  readonly trial: number
  readonly plan: PlanSpec
  /** What it must beat. */
  readonly baseline: PlanSpec
}

export interface Measured {
  /** Mean NDCG over users. */
  readonly value: number
  /** Standard error of its difference to the baseline, over users. Only where all users are asked. */
  readonly error?: number
}

/** Trains what plans need, asks them the questions of the validation, and writes down what came out. */
export interface Laboratory {
  /** What each candidate is worth to the first `users` users, in their order. Shorter when time ran out. */
  measure(candidates: readonly Candidate[], users: number, deadline: Deadline): Promise<readonly Measured[]>
  /** NDCG of each plan on every question. Undefined when time ran out. */
  questionByQuestion(plans: readonly PlanSpec[], deadline: Deadline): Promise<readonly Float64Array[] | undefined>
  close(): Promise<void>
}

export interface LaboratoryOptions extends AskerOptions, ShelfOptions {
  readonly log: TrialLog
  readonly onMeasured: (candidate: Candidate, users: number, measured: Measured) => void
}

/** Plans that are asked in one go. */
const PLANS_AT_ONCE = 32
export function createLaboratory(options: LaboratoryOptions): Laboratory {
  const { log, order, signal } = options
  const shelf = createShelf(options)
  const baselines = new Map<string, Float64Array>() // by the plan, as JSON; one number for each user
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

  /** Where all users are asked, the baseline's answers are needed too; after a resumption they must be had again. */
  async function measureTogether(
    candidates: readonly Candidate[],
    users: number,
    deadline: Deadline,
  ): Promise<readonly Measured[] | undefined> {
    const isFull = users === order.users
    const [{ baseline }] = candidates
    const name = JSON.stringify(baseline)
    const plans = candidates.map(({ plan }) => plan)
    const place = plans.findIndex((plan) => JSON.stringify(plan) === name)
    const isMissing = isFull && place < 0 && !baselines.has(name)
    const answers = await ask(isMissing ? [...plans, baseline] : plans, users, deadline)
    if (answers === undefined) return undefined
    if (!isFull) return plans.map((_, at) => ({ value: meanOverUsers(order, answers[at], users) }))
    const base = baselines.get(name) ?? meansOfUsers(order, answers[place < 0 ? plans.length : place])
    baselines.set(name, base)
    return plans.map((_, at) => {
      const own = meansOfUsers(order, answers[at])
      return { value: meanOverUsers(order, answers[at], users), error: errorOfDifference(own, base) }
    })
  }

  return {
    async measure(candidates, users, deadline) {
      const all: Measured[] = []
      const told = (candidate: Candidate, measured: Measured): void => {
        all.push(measured)
        options.onMeasured(candidate, users, measured)
      }
      for (const group of groupsOf(candidates, (each) => log.find(each.stage, users, each.plan), options.threads)) {
        if (group.known !== undefined) {
          told(group.candidates[0], group.known)
          continue
        }
        const started = performance.now()
        const found = deadline.isOver() ? undefined : await measureTogether(group.candidates, users, deadline)
        if (signal.aborted)
          throw new SonaError('TRAINING_ABORTED', 'The tuning was stopped. What it measured is kept: go on with --resume.')
        if (found === undefined) return all
        const seconds = (performance.now() - started) / 1000 / found.length
        await log.append(
          group.candidates.map(({ stage, trial, plan }, at) => ({ stage, trial, users, plan, ...found[at], seconds })),
        )
        for (const [at, each] of group.candidates.entries()) told(each, found[at])
      }
      return all
    },
    questionByQuestion: (plans, deadline) => ask(plans, order.users, deadline),
    close,
  }
}

interface Group {
  readonly candidates: readonly Candidate[]
  /** Of a group of one that was measured by an earlier run. */
  readonly known?: Measured
}

/** Neighbours that are measured together: few models at a time, many plans where they read the same models. */
function groupsOf(
  candidates: readonly Candidate[],
  find: (candidate: Candidate) => Measured | undefined,
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

/** The plan with its models under their keys: two candidates may mean different models by one name. */
function byKeys(plan: PlanSpec): PlanSpec {
  const keys = new Map(modelsOf(plan).map((spec) => [modelName(spec), keyOf(spec)]))
  return { ...plan, sources: plan.sources.map((source) => ({ ...source, model: keys.get(source.model) ?? source.model })) }
}
