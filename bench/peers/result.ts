/** What a run beside the peers leaves behind as data: bench/results/peers/<label>.json is a list of runs, the newest last. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Interval } from '../../src/evaluation/bootstrap.js'
import type { AdjustedDifference, RowKind } from '../../src/evaluation/compare.js'
import type { Evaluation } from '../../src/evaluation/evaluation.js'

/** What a peer says of itself. */
export interface PeerDetails {
  readonly version: string
  readonly options: Readonly<Record<string, unknown>>
  readonly trials: number
  readonly tuneSeconds: number
  readonly listsPerSecond: number
}

export interface PeerRow {
  readonly name: string
  readonly kind: RowKind
  readonly validation: number | null
  readonly metrics: Readonly<Record<string, Rounded>>
  readonly otherAverage: Readonly<Record<string, Rounded>>
  readonly slices: Readonly<Record<string, number | null>>
  readonly difference?: Rounded & { readonly adjustedP: number }
  readonly trainSeconds: number | null
  readonly peakMemoryMb: number | null
  readonly details?: PeerDetails
}

export interface PeerRun {
  readonly date: string
  readonly data: string
  readonly label: string
  readonly fingerprint: string
  readonly protocol: string
  readonly seed: number | string
  readonly machine: string
  /** Lists of peers were kept from an earlier run on this very split: their timings are that run's. */
  readonly reused: boolean
  readonly versions: Readonly<Record<string, string>>
  readonly metric: string
  readonly average: Evaluation['average']
  readonly questions: Evaluation['questions']['test']
  readonly chosen: string
  readonly reference: string | null
  readonly rows: readonly PeerRow[]
  readonly absent: Evaluation['absent']
}

interface Rounded {
  readonly mean: number | null
  readonly low: number | null
  readonly high: number | null
}

const folder = join(import.meta.dirname, '../results/peers')

export function resultFile(label: string): string {
  return join(folder, `${label}.json`)
}

/** The newest run of each label, by label. */
export function newestRuns(): readonly PeerRun[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith('.json'))
    .sort()
    .flatMap((name) => (JSON.parse(readFileSync(join(folder, name), 'utf8')) as PeerRun[]).slice(-1))
}

type About = Pick<PeerRun, 'data' | 'label' | 'fingerprint' | 'machine' | 'reused' | 'date'>

export function runOf(evaluation: Evaluation, about: About & { readonly details: ReadonlyMap<string, PeerDetails> }): PeerRun {
  const { details, ...rest } = about
  const { protocol, seed, versions, metric, average, questions, chosen, reference, rows, absent, at } = evaluation
  const kept = ['ndcg', 'hit-rate', 'recall', 'mrr', 'coverage', 'tail-share'].map((name) => `${name}@${at}`)
  return {
    ...rest,
    protocol,
    seed,
    versions,
    metric,
    average,
    questions: questions.test,
    chosen,
    reference: reference ?? null,
    rows: rows.map((row): PeerRow => {
      const peer = details.get(row.name)
      return {
        name: row.name,
        kind: row.kind,
        validation: rounded(row.validation),
        metrics: roundedAll(row.metrics, (name) => kept.includes(name) || name.endsWith(' among new')),
        otherAverage: roundedAll(row.otherAverage, (name) => kept.includes(name)),
        slices: Object.fromEntries(Object.entries(row.slices).map(([name, { mean }]) => [name, rounded(mean)])),
        ...(row.difference && { difference: roundedDifference(row.difference) }),
        trainSeconds: rounded(row.trainSeconds),
        peakMemoryMb: rounded(row.peakMemoryMb),
        ...(peer && { details: peer }),
      }
    }),
    absent,
  }
}

function roundedAll(metrics: Readonly<Record<string, Interval>>, keeps: (name: string) => boolean): Record<string, Rounded> {
  return Object.fromEntries(
    Object.entries(metrics).flatMap(([name, each]) => (keeps(name) ? [[name, roundedInterval(each)]] : [])),
  )
}

function roundedInterval({ mean, low, high }: Interval): Rounded {
  return { mean: rounded(mean), low: rounded(low), high: rounded(high) }
}

function roundedDifference(difference: AdjustedDifference): Rounded & { readonly adjustedP: number } {
  return { ...roundedInterval(difference), adjustedP: Number(difference.adjustedP.toFixed(5)) }
}

/** Five decimals; null for what is not known (NaN travels through JSON as null). */
function rounded(value: number | null): number | null {
  return value !== null && Number.isFinite(value) ? Number(value.toFixed(5)) : null
}
