import type { Protocol } from '../evaluation/splits.js'
import type { PlanSpec } from '../pipeline/plan.js'
import type { Settings } from './settings.js'

/** A finished search: every trial, and the plan it led to. Same data, seed and number of trials, same bytes. */
export interface Tuning {
  /** What was tuned on, e.g. `movielens:ml-1m`. */
  readonly data: string
  readonly protocol: Protocol
  readonly seed: number
  /** What was made as high as possible, on the validation: `ndcg@10`. */
  readonly metric: string
  /** How many users each rung asks, the last of them all that a search asks. */
  readonly rungs: readonly number[]
  /** Questions that the last rung asks. */
  readonly questions: number
  readonly stages: readonly StageOutcome[]
  /** The plan that was tuned, and what it is worth on the validation. NaN when not even that was measured in time. */
  readonly before: { readonly plan: PlanSpec; readonly value: number }
  /** The plan that was found; that of before, where nothing better was. */
  readonly after: { readonly plan: PlanSpec; readonly value: number }
  /** After above before, with a 95 % interval over users. It flatters: the same users chose. Undefined when time ran out. */
  readonly difference: { readonly mean: number; readonly low: number; readonly high: number } | undefined
  /** Whether the budget ended it before all trials were made. */
  readonly outOfTime: boolean
  /** The command line that makes it again. */
  readonly command: string
  readonly versions: Readonly<Record<string, string>>
}

export interface StageOutcome {
  /** `model ease`, `half-lives of sequential`, `weights`. */
  readonly name: string
  /** What `value` is of: one source alone, or the whole plan. */
  readonly of: string
  readonly trials: readonly Trial[]
  /** The number of the trial whose value is highest after one standard error is taken off; 0 is what the stage began with. Undefined when not even that was measured. */
  readonly best: number | undefined
  /** Whether its share of the budget ended it. */
  readonly isCut: boolean
}

export interface Trial {
  readonly trial: number
  /** Of trial 0: what was set already. */
  readonly settings: Settings
  /** One for each rung that it reached; on the last one with the standard error of its difference to trial 0. */
  readonly values: readonly { readonly users: number; readonly value: number; readonly error?: number }[]
}
