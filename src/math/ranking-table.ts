/** What a ranker learns from: lists of rows, each row with its features and whether it was right. */
export interface RankingTable {
  /** Features a row. */
  readonly width: number
  /** Feature f of row r is values[r · width + f]; NaN is "cannot tell". */
  readonly values: Float32Array
  /** List l is the rows start[l] … start[l + 1] − 1. */
  readonly start: Uint32Array
  /** Of each row, 0 or more. A list in which all are 0, or none is, teaches nothing. */
  readonly relevance: Float32Array
  /** How many candidates each row stands for: 1, or more where only some of the wrong ones were kept. */
  readonly weight: Float32Array
}

/** Writes, for every row, the slope and the curvature (≥ 0) of the loss in the row's score. */
export type ListObjective = (table: RankingTable, scores: Float64Array, gradient: Float64Array, hessian: Float64Array) => void
