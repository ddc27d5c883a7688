import type { RankerReport } from '../pipeline/learn.js'
import type { Comparison, RowKind } from './compare.js'
import type { MeasuredColumn } from './measure.js'
import { coverageCard, giniCard, type MetricCard } from './metrics/index.js'
import type { Slice } from './slices.js'
import type { Fold, Protocol, Split } from './splits.js'
import type { Average } from './user-columns.js'
import { askedUsers } from './user-columns.js'

/** A finished evaluation: the numbers, and all that is needed to read them rightly and to make them again. */
export interface Evaluation extends Comparison {
  /** What was evaluated on, e.g. `movielens:ml-1m`. */
  readonly data: string
  readonly protocol: Protocol
  readonly note: string
  /** Of the whole data, before any split. */
  readonly users: number
  readonly items: number
  readonly events: number
  readonly seed: number | string
  readonly at: number
  readonly average: Average
  /** Rows that could not be measured, e.g. a program that is not installed, and why. */
  readonly absent: readonly { readonly name: string; readonly kind: RowKind; readonly note: string }[]
  readonly questions: { readonly validation: Questions; readonly test: Questions }
  readonly slices: readonly Pick<Slice, 'name' | 'definition' | 'of' | 'share' | 'users'>[]
  readonly cards: readonly MetricCard[]
  /** Names of programs and packages with their versions. */
  readonly versions: Readonly<Record<string, string>>
  /** What the learned ranker of each row that has one turned out to be, by name of the row. */
  readonly rankers: readonly (RankerReport & { readonly row: string })[]
  /** The command line that makes these numbers again. */
  readonly command: string
}

export interface Questions {
  readonly tasks: number
  readonly users: number
  readonly targets: number
  readonly repeatsLeftOut: number
  readonly trainingEvents: number
}

/** Counts what each fold asked. */
export function questionsOf({ validation, test }: Split): Evaluation['questions'] {
  const counted = ({ tasks, train, repeatsLeftOut }: Fold): Questions => ({
    tasks: tasks.count,
    users: askedUsers(tasks),
    targets: tasks.targets.length,
    repeatsLeftOut,
    trainingEvents: train.items.length,
  })
  return { validation: counted(validation), test: counted(test) }
}

/** The card of every metric in a table, each once. */
export function cardsOf(columns: readonly MeasuredColumn[]): readonly MetricCard[] {
  return [...new Set([...columns.map(({ card }) => card), coverageCard, giniCard])].map(
    ({ name, formula, source, range, better }) => ({
      name,
      formula,
      source,
      range,
      better,
    }),
  )
}
