/** What the factorisations throw; the twins throw the same. */
export function notPositiveDefinite(pivot: number, n: number): RangeError {
  return new RangeError(
    `The ${n} × ${n} matrix is not positive definite: pivot ${pivot} is not a positive number. More regularization makes it so.`,
  )
}

/** The same for one of the small systems of ALS. */
export function rowNotPositiveDefinite(row: number): RangeError {
  return new RangeError(
    `The system of row ${row} is not positive definite: its regularization is not positive, or its factors or weights are not finite.`,
  )
}
