import type { Judgement } from './judgement.js'

/** What a reader must know to trust a number; printed under every table of results. */
export interface MetricCard {
  /** As in `ndcg@10`, without the cut-off. */
  readonly name: string
  readonly formula: string
  /** Where the definition was taken from. */
  readonly source: string
  readonly range: string
  /** Which way is better; `neither` where more is only different. */
  readonly better: 'higher' | 'lower' | 'neither'
}

/** A number for one ranked list and its targets, looking at the first k titles. */
export interface RankingMetric extends MetricCard {
  of(judged: Judgement, k: number): number
}
