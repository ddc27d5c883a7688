/**
 * Rows and columns of a sparse table as points in one space, by alternating least squares:
 *
 *   minimise Σ over observed (u,i) of c·(x_uᵀy_i − 1)²  +  α₀·Σ over all (u,i) of (x_uᵀy_i)²  +  Σ_u reg_u‖x_u‖² + Σ_i reg_i‖y_i‖²
 *   reg_u = reg · (α₀·columns + c·observed of u)^ν,  and likewise for columns
 *
 * Hu, Koren & Volinsky, ICDM 2008; regularised as in Rendle et al., RecSys 2022; solved by some steps of conjugate gradient from where a
 * row stands (Takács et al., RecSys 2011).
 *
 * Cost      O(observed · factors + (rows + columns) · factors²) a step.
 */
import { type Csr, transpose } from './csr.js'
import type { Kernels } from './kernels.js'
import type { Arena } from './memory.js'
import { withScratch } from './scratch.js'

export interface Alternation {
  readonly factors: number
  /** Full sweeps over rows and columns. */
  readonly sweeps: number
  /** Steps of conjugate gradient that a row takes in a sweep. 0: solved exactly. */
  readonly solverSteps: number
  /** c, the weight of an observed entry. */
  readonly confidence: number
  /** α₀, the weight of one that was not. */
  readonly unobservedWeight: number
  /** reg. */
  readonly regularization: number
  /** ν. */
  readonly regularizationExponent: number
}

/**
 * Moves the columns' factors, in the kernels' arena, from where they stand to where the observed entries want them; what the values of
 * these are does not count. Rows' factors are forgotten.
 *
 * @param columnFactors columns × factors
 */
export function alternate(
  observed: Csr,
  columnFactors: Float32Array,
  options: Alternation,
  kernels: Kernels,
  checkpoint: (done: number) => void,
): void {
  const { arena } = kernels
  const { factors, sweeps } = options
  withScratch(arena, () => {
    const rows = sideOf(observed, observed.columns, options, arena)
    const columns = sideOf(transpose(observed), observed.rows, options, arena)
    const rowFactors = arena.f32(observed.rows * factors)
    const gram = arena.f32(factors * factors)
    for (let sweep = 0; sweep < sweeps; sweep++) {
      solveSide(rows, columnFactors, rowFactors, gram, options, kernels, () => checkpoint(sweep / sweeps))
      solveSide(columns, rowFactors, columnFactors, gram, options, kernels, () => checkpoint((sweep + 0.5) / sweeps))
    }
  })
}

/** reg_u of a row, or column, whose observed entries weigh this much together. Never less than for one entry: it must not be zero. */
export function ridgeOf(options: Omit<Alternation, 'sweeps' | 'solverSteps'>, others: number, observedWeight: number): number {
  const weight = Math.max(1, options.unobservedWeight * others + observedWeight)
  return options.regularization * weight ** options.regularizationExponent
}

/** One side of the table: what each observed, in the kernels' memory. */
interface Side {
  readonly start: Uint32Array
  readonly columns: Uint32Array
  readonly confidence: Float32Array
  readonly regularization: Float32Array
}

/** @param others how many rows the other side has */
function sideOf({ rows, start, index }: Csr, others: number, options: Alternation, arena: Arena): Side {
  const side = {
    start: arena.u32(start.length),
    columns: arena.u32(index.length),
    confidence: arena.f32(index.length).fill(options.confidence),
    regularization: arena.f32(rows),
  }
  side.start.set(start)
  side.columns.set(index)
  for (let row = 0; row < rows; row++) {
    side.regularization[row] = ridgeOf(options, others, options.confidence * (start[row + 1] - start[row]))
  }
  return side
}

const ROWS_AT_A_TIME = 512

/** Half a sweep: one side's factors from the other's, some rows at a time so that the work can be stopped between them. */
function solveSide(
  side: Side,
  fixed: Float32Array,
  out: Float32Array,
  gram: Float32Array,
  { factors, unobservedWeight, solverSteps }: Alternation,
  kernels: Kernels,
  between: () => void,
): void {
  kernels.factorGram(fixed, factors, gram)
  const rows = side.start.length - 1
  for (let from = 0; from < rows; from += ROWS_AT_A_TIME) {
    between()
    const to = Math.min(rows, from + ROWS_AT_A_TIME)
    const some = {
      start: side.start.subarray(from, to + 1),
      columns: side.columns.subarray(0, side.start[to]),
      confidence: side.confidence.subarray(0, side.start[to]),
      regularization: side.regularization.subarray(from, to),
      fixed,
      gram,
      out: out.subarray(from * factors, to * factors),
      factors,
      unobservedWeight,
    }
    if (solverSteps === 0) kernels.alsSolveRows(some)
    else kernels.alsImproveRows(some, solverSteps)
  }
}
