/** Turns each answer into a row of numbers, one per column: every metric at every cut-off, over all targets and over slices of them. */
import type { Dataset } from '../features/dataset.js'
import type { LabelColumn } from '../features/labels.js'
import { has } from '../math/bitmap.js'
import { headOf, popularityOf } from './item-popularity.js'
import {
  calibrationCard,
  diversity,
  diversityCard,
  genreVectors,
  type ItemVectors,
  type Judgement,
  judge,
  type MetricCard,
  miscalibration,
  ndcg,
  novelty,
  noveltyCard,
  rankingMetrics,
  recall,
  tailShare,
  tailShareCard,
} from './metrics/index.js'
import type { Slice } from './slices.js'
import type { Fold } from './splits.js'
import { targetsOf } from './tasks.js'

export interface MeasureOptions {
  /** The cut-off of the headline, e.g. 10. List-level metrics are taken there only. */
  readonly at: number
  /** More cut-offs for recall, for its curve. */
  readonly recallAt?: readonly number[]
  /** Columns for the slices of targets among these. Slices of tasks need none: they are made of rows. */
  readonly slices?: readonly Slice[]
  /** Genres by item row of the dataset, for diversity and calibration. Without them these two columns are left out. */
  readonly genres?: LabelColumn
  /** Vectors by item row for diversity instead of genres. */
  readonly vectors?: ItemVectors
}

export interface MeasuredColumn {
  /** `ndcg@10`; of a slice of targets, `ndcg@10 of tail`. */
  readonly name: string
  readonly card: MetricCard
  /** Which slice of targets it is about. Undefined: all. */
  readonly slice: string | undefined
}

export interface Measure {
  readonly columns: readonly MeasuredColumn[]
  /**
   * Writes the numbers of one answer to out[task · columns] …, NaN where a metric cannot tell (a slice without targets).
   * `ranked` are item rows of the dataset, best first, none twice; `scores`, if given, belong to them and let ties be shared out.
   */
  measure(task: number, ranked: ArrayLike<number>, scores: ArrayLike<number> | undefined, out: Float64Array): void
}

interface Answer {
  readonly task: number
  readonly ranked: ArrayLike<number>
  readonly scores: ArrayLike<number> | undefined
  /** Against all targets. */
  readonly judged: Judgement
}

interface Column extends MeasuredColumn {
  of(answer: Answer): number
}

/** The same fold and options give the same columns on every thread. */
export function createMeasure(fold: Fold, dataset: Dataset, options: MeasureOptions): Measure {
  const columns = [...rankingColumns(options), ...listColumns(fold, dataset, options), ...sliceColumns(fold, options)]
  return {
    columns: columns.map(({ name, card, slice }) => ({ name, card, slice })),
    measure(task, ranked, scores, out) {
      const answer = { task, ranked, scores, judged: judge(ranked, targetsOf(fold.tasks, task), scores) }
      for (let c = 0; c < columns.length; c++) out[task * columns.length + c] = columns[c].of(answer)
    },
  }
}

function rankingColumns({ at, recallAt = [] }: MeasureOptions): Column[] {
  const column = (metric: (typeof rankingMetrics)[number], k: number): Column => ({
    name: `${metric.name}@${k}`,
    card: metric,
    slice: undefined,
    of: ({ judged }) => metric.of(judged, k),
  })
  const curve = [...new Set(recallAt)].filter((k) => k !== at).sort((a, b) => a - b)
  return [...rankingMetrics.map((metric) => column(metric, at)), ...curve.map((k) => column(recall, k))]
}

function listColumns(fold: Fold, dataset: Dataset, { at, genres, vectors }: MeasureOptions): Column[] {
  const popularity = popularityOf(fold.train)
  const head = headOf(popularity)
  const itemVectors = vectors ?? (genres && genreVectors(genres))
  const column = (card: MetricCard, of: Column['of']): Column => ({ name: `${card.name}@${at}`, card, slice: undefined, of })
  return [
    column(noveltyCard, ({ ranked }) => novelty(ranked, at, popularity)),
    column(tailShareCard, ({ ranked }) => tailShare(ranked, at, head)),
    ...(itemVectors ? [column(diversityCard, ({ ranked }) => diversity(ranked, at, itemVectors))] : []),
    ...(genres
      ? [column(calibrationCard, ({ task, ranked }) => miscalibration(historyItems(fold, dataset, task), ranked, at, genres))]
      : []),
  ]
}

function sliceColumns({ tasks }: Fold, { at, slices = [] }: MeasureOptions): Column[] {
  return slices
    .filter((slice) => slice.of === 'targets')
    .map((slice) => ({
      name: `${ndcg.name}@${at} of ${slice.name}`,
      card: ndcg,
      slice: slice.name,
      of({ task, ranked, scores, judged }) {
        const wanted: number[] = []
        for (let i = tasks.targetStart[task]; i < tasks.targetStart[task + 1]; i++) {
          if (has(slice.members, i)) wanted.push(tasks.targets[i])
        }
        if (wanted.length === 0) return Number.NaN
        return ndcg.of(wanted.length === judged.targets ? judged : judge(ranked, wanted, scores), at)
      },
    }))
}

function historyItems({ tasks }: Fold, dataset: Dataset, task: number): Uint32Array {
  return tasks.history.subarray(tasks.historyStart[task], tasks.historyEnd[task]).map((entry) => dataset.items[entry])
}
