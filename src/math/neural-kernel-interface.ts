/**
 * The parts of a small neural network, forwards and backwards. Matrices are row-major; `columns` is a multiple of four unless said
 * otherwise. A backward part ADDS to gradients named `…Gradient` that more than one part may feed.
 */

export interface NeuralKernels {
  /** out = op(A)·op(B), or out += it: m × n, over `inner` terms each. */
  product(product: Product): void

  /** Ba, Kiros & Hinton 2016: each row to mean 0 and variance 1, then times gain plus offset. Keeps what the way back needs. */
  layerNorm(norm: LayerNorm): void
  /** Adds to the gradients of input, gain and offset. */
  layerNormBackward(norm: LayerNormBackward): void

  /** The gated linear recurrence over runs of rows, see GatedRecurrence. */
  gatedRecurrence(recurrence: GatedRecurrence): void
  /** Turns `gates`, as the way forward left it, into its gradient, and adds to the bias' one. */
  gatedRecurrenceBackward(recurrence: GatedRecurrenceBackward): void

  /** x = max(0, x + bias), in place, for every row of bias.length numbers. */
  rectify(x: Float32Array, bias: Float32Array): void
  /** Gradient = 0 where `out` is 0; its column sums are added to biasGradient. */
  rectifyBackward(out: Float32Array, gradient: Float32Array, biasGradient: Float32Array): void

  /** The loss over a sample of classes, and its gradient in place of the scores, see SampledSoftmax. */
  sampledSoftmax(softmax: SampledSoftmax): void

  /** out[k] = table[rows[k]], rows of `columns` numbers. */
  gatherRows(table: Float32Array, columns: number, rows: Uint32Array, out: Float32Array): void
  /** table[rows[k]] += weights[k]·x[k]. Without weights each counts 1. */
  scatterRows(x: Float32Array, columns: number, rows: Uint32Array, table: Float32Array, weights?: Float32Array): void
  /** x[k] += weights[k]·table[rows[k]]. */
  addRows(table: Float32Array, columns: number, rows: Uint32Array, weights: Float32Array, x: Float32Array): void
  /** out[k] = x[k]·table[rows[k]]. */
  rowProducts(x: Float32Array, columns: number, rows: Uint32Array, table: Float32Array, out: Float32Array): void

  /** One step of AdamW over a multiple of four numbers; leaves the gradient as zeros. */
  adamStep(step: AdamStep): void
}

/** Sizes follow from the arrays: op(A) is m × inner, op(B) inner × n, out m × n. Any sizes. */
export interface Product {
  readonly a: Float32Array
  /** Whether `a` lies in memory as it is meant (m × inner) or turned (inner × m). */
  readonly aLies: 'straight' | 'turned'
  readonly b: Float32Array
  /** Whether `b` lies as it is meant (inner × n) or turned (n × inner). */
  readonly bLies: 'straight' | 'turned'
  readonly inner: number
  readonly out: Float32Array
  /** What becomes of the numbers in `out`. */
  readonly mode: 'replace' | 'add'
}

export interface LayerNorm {
  readonly columns: number
  /** rows × columns */
  readonly input: Float32Array
  readonly gain: Float32Array
  readonly offset: Float32Array
  /** rows × columns, written: the rows at mean 0 and variance 1. */
  readonly normalized: Float32Array
  /** rows, written. */
  readonly inverseDeviation: Float32Array
  readonly out: Float32Array
}

export interface LayerNormBackward {
  readonly columns: number
  readonly outGradient: Float32Array
  readonly gain: Float32Array
  readonly normalized: Float32Array
  readonly inverseDeviation: Float32Array
  readonly inputGradient: Float32Array
  readonly gainGradient: Float32Array
  readonly offsetGradient: Float32Array
}

/**
 * A row of `gates` comes as (forget, candidate, output), three times `columns` numbers, and with the bias added is left as (f, c, g):
 *
 *   f = σ(forget),   h = f·h_before + (1 − f)·c,   out = h·g·σ(g),   h_before = 0 at the first row of a run
 *
 * The recurrence of minGRU (Feng et al., "Were RNNs All We Needed?", 2024): its gates look at the row alone, not at the state.
 */
export interface GatedRecurrence {
  readonly columns: number
  /** Run i is the rows start[i] … start[i + 1] − 1; the first starts at 0, the last ends with the rows. */
  readonly start: Uint32Array
  readonly bias: Float32Array
  readonly gates: Float32Array
  /** h, rows × columns, written. */
  readonly state: Float32Array
  readonly out: Float32Array
}

export interface GatedRecurrenceBackward {
  readonly columns: number
  readonly start: Uint32Array
  readonly outGradient: Float32Array
  readonly state: Float32Array
  readonly gates: Float32Array
  readonly biasGradient: Float32Array
}

/**
 * Per row, with t the score of the class that came true:  p = e^t / (e^t + Σ_j e^(scores_j + offset_j)),  loss = −log p.
 * With offset_j = −log(chance that j is in the sample), the sum estimates that over all classes without bias.
 */
export interface SampledSoftmax {
  /** rows × columns: in, the scores of the sample; out, their gradient scale·p_j. */
  readonly scores: Float32Array
  /** One for each column. */
  readonly offset: Float32Array
  /** One for each row: in, t; out, its gradient scale·(p − 1). */
  readonly own: Float32Array
  /** The column of the row's own class, left out of its sum; −1 where the sample lacks it. */
  readonly ownColumn: Int32Array
  readonly scale: number
  /** One for each row, written: p. */
  readonly chance: Float32Array
  /** One for each column: the sums of the columns' gradients are added. */
  readonly columnGradient: Float32Array
}

export interface AdamStep {
  readonly value: Float32Array
  readonly gradient: Float32Array
  /** Running means of the gradient and of its square; they begin as zeros. */
  readonly mean: Float32Array
  readonly square: Float32Array
  /** Size of the step. */
  readonly rate: number
  /** Each step also takes rate·decay of the value away (Loshchilov & Hutter, "Decoupled Weight Decay Regularization", ICLR 2019). */
  readonly decay: number
  readonly beta1: number
  readonly beta2: number
  /** How many steps there were, this one included. */
  readonly steps: number
}
