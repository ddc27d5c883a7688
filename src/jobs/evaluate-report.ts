/** What `sona evaluate` leaves behind: a table for the terminal, one JSON document, one self-contained page with plots. */
import type { Interval } from '../evaluation/bootstrap.js'
import type { RowKind } from '../evaluation/compare.js'
import type { Evaluation } from '../evaluation/evaluation.js'
import { evaluationPage } from './evaluation-report/page.js'
import { chartLibraries } from './report-page.js'

export { evaluationTable } from './evaluation-report/table.js'

/** What `sona evaluate --json` prints. Scripts rely on this shape: nothing is renamed or removed. */
export interface EvaluationJson {
  readonly data: string
  readonly protocol: string
  readonly users: number
  readonly items: number
  readonly events: number
  readonly seed: number | string
  /** The row that validation picked. */
  readonly chosen: string
  /** How the questions of a user became one number in `metrics`. */
  readonly average: Evaluation['average']
  readonly rows: readonly {
    readonly name: string
    readonly kind: RowKind
    readonly metrics: Readonly<Record<string, JsonInterval>>
    /** The ranking metrics averaged the other way: `events` where `average` is `users`, and the reverse. */
    readonly otherAverage: Readonly<Record<string, JsonInterval>>
    readonly trainSeconds: number | null
    readonly peakMemoryMb: number | null
  }[]
  /** Rows that could not be measured, and why. */
  readonly absent: Evaluation['absent']
}

/** `low` and `high` bound 95 %. Null: not known, or a count over all lists, which has no interval. */
export interface JsonInterval {
  readonly mean: number | null
  readonly low: number | null
  readonly high: number | null
}

export function evaluationJson(evaluation: Evaluation): EvaluationJson {
  const { data, protocol, users, items, events, seed, chosen, average, rows, absent } = evaluation
  return {
    data,
    protocol,
    users,
    items,
    events,
    seed,
    chosen,
    average,
    rows: rows.map(({ name, kind, metrics, otherAverage, trainSeconds, peakMemoryMb }) => ({
      name,
      kind,
      metrics: jsonIntervals(metrics),
      otherAverage: jsonIntervals(otherAverage),
      trainSeconds: known(trainSeconds),
      peakMemoryMb: known(peakMemoryMb),
    })),
    absent,
  }
}

function jsonIntervals(metrics: Readonly<Record<string, Interval>>): Record<string, JsonInterval> {
  return Object.fromEntries(
    Object.entries(metrics).map(([metric, { mean, low, high }]) => [
      metric,
      { mean: known(mean), low: known(low), high: known(high) },
    ]),
  )
}

function known(number: number): number | null {
  return Number.isFinite(number) ? number : null
}

/** The page as one string of HTML: data, styles, Observable Plot and D3 are inside, nothing is fetched when it is opened. */
export async function evaluationHtml(evaluation: Evaluation): Promise<string> {
  return evaluationPage(evaluation, await chartLibraries())
}
