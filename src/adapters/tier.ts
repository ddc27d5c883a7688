import type { Gate } from './gate.js'

/**
 * What all adapters of one feature space share: which numbers they look at, how these are normalised, along which directions a user may
 * differ from everybody, and how much. Retraining models keeps the space; another set of features makes another space.
 */
export interface FeatureSpace {
  /** Names the content: same space, same id. An adapter names this, never a model. */
  readonly id: string
  /** The item side's features, in order: d of them. */
  readonly features: readonly string[]
  /** Frozen normalisation of each feature: (value − mean) / deviation; NaN counts as the mean. Length d. */
  readonly mean: Float32Array
  readonly deviation: Float32Array
  /** r: how many directions. 1–64. */
  readonly rank: number
  /** A, with the α/r of the formula in it: rank × d, row-major. */
  readonly directions: Float32Array
  /** How each direction's number goes with each feature among the candidates of a list (covariance): what a direction is about, in words. rank × d. */
  readonly loadings: Float32Array
  /** What the numbers of a query stand for, in order: 'always', then the cells of its facets (parts of the day, devices). d_q of them. */
  readonly cells: readonly string[]
  /** What `directions` and `priors` were made with: options, and how many lists. */
  readonly shape: Pick<AdapterOptions, 'alpha' | 'priorScale' | 'cellPrior'> & { readonly lists: number }
  /** How much users differ: the prior variance of each number of an adapter, d_q × rank, row-major. 0: it stays 0. */
  readonly priors: Float32Array
}

/** What is learned from everybody's events as they arrive. */
export interface SharedBase {
  /** B₀: d_q × rank, row-major. */
  readonly base: Float32Array
  /** The curvature of what B₀ was learned from, beside its prior's. d_q × rank. */
  readonly precisions: Float32Array
  /** Whether B₀ predicts everybody's events better than the base does. */
  readonly gate: Gate
  /** Grows with every publication of `base`. */
  readonly version: number
}

/** The feature space with what was learned in it from everybody. */
export interface SharedTier extends SharedBase {
  readonly space: FeatureSpace
  /** Softmax over (scale · base score) says best what people take: from the ranker's units to log-odds. Fitted at every training. */
  readonly scale: number
  readonly practice: Practice
}

/** How adapters learn. */
export interface Practice {
  /** What a lesson counts after the next one, in the gates' sums. 0.9–1. */
  readonly gateDiscount: number
  /** What a lesson counts after the next one, in what an adapter has learned. Below 1 it follows a taste that drifts. 0.9–1. */
  readonly memory: number
  /** The prior variance of B₀, as a share of an adapter's. */
  readonly sharedPrior: number
  /** What a lesson counts after the next one, in B₀: everybody's lessons follow each other there. */
  readonly sharedMemory: number
}

/** What a plan may say of adapters. */
export interface AdapterOptions extends Practice {
  /** r: how many directions. 1–64. */
  readonly rank: number
  /** α: with r, how much a number of an adapter moves, α/r. Typical 2 · r, which is the default. */
  readonly alpha: number
  /**
   * Prior variance of an adapter's numbers, as a share of how far users were seen to be apart (λ in fit-tier.ts). A number moves a score
   * by α/r, so that what users are taken to differ by is priorScale · (α/r)² · λ.
   */
  readonly priorScale: number
  /** How far a user's cells (parts of the day, devices) are apart, as a share of how far users are, where the events do not tell. */
  readonly cellPrior: number
}

export const defaultPractice: Practice = { gateDiscount: 0.97, memory: 0.97, sharedPrior: 0.01, sharedMemory: 0.999 }

/** The options with what is not said filled in. */
export function adapterOptions(said: Partial<AdapterOptions> = {}): AdapterOptions {
  const rank = said.rank ?? 8
  return { ...defaultPractice, rank, alpha: 2 * rank, priorScale: 0.075, cellPrior: 0.5, ...said }
}
