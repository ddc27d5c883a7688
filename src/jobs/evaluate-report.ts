/** What `sona evaluate` leaves behind: a table for the terminal, one JSON document, one self-contained page with plots. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import type { Interval } from '../evaluation/bootstrap.js'
import type { Evaluation } from '../evaluation/evaluation.js'
import { evaluationPage } from './evaluation-report/page.js'

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
  readonly rows: readonly {
    readonly name: string
    readonly metrics: Readonly<Record<string, JsonInterval>>
    readonly trainSeconds: number
    readonly peakMemoryMb: number
  }[]
}

/** `low` and `high` bound 95 %. Null: not known, or a count over all lists, which has no interval. */
export interface JsonInterval {
  readonly mean: number | null
  readonly low: number | null
  readonly high: number | null
}

export function evaluationJson({ data, protocol, users, items, events, seed, chosen, rows }: Evaluation): EvaluationJson {
  return {
    data,
    protocol,
    users,
    items,
    events,
    seed,
    chosen,
    rows: rows.map(({ name, metrics, trainSeconds, peakMemoryMb }) => ({
      name,
      metrics: Object.fromEntries(Object.entries(metrics).map(([metric, interval]) => [metric, jsonInterval(interval)])),
      trainSeconds,
      peakMemoryMb,
    })),
  }
}

function jsonInterval({ mean, low, high }: Interval): JsonInterval {
  const known = (number: number): number | null => (Number.isFinite(number) ? number : null)
  return { mean: known(mean), low: known(low), high: known(high) }
}

/** The page as one string of HTML: data, styles, Observable Plot and D3 are inside, nothing is fetched when it is opened. */
export async function evaluationHtml(evaluation: Evaluation): Promise<string> {
  const [d3, plot] = await Promise.all([
    readBeside('d3', 'd3.min.js'),
    readBeside('@observablehq/plot', '../dist/plot.umd.min.js'),
  ])
  return evaluationPage(evaluation, [d3, plot])
}

/** A file of an installed package, found from the package's own entry: its exports do not name the browser build. */
async function readBeside(packageName: string, path: string): Promise<string> {
  const entry = createRequire(import.meta.url).resolve(packageName)
  return readFile(join(dirname(entry), path), 'utf8')
}
