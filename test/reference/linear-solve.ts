/** A·X = B by Gaussian elimination with row pivoting, in 64-bit. Rows of A, and of B; the obviously right way, and slow. */
export function linearSolve(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number[][] {
  const n = a.length
  const rows = a.map((row, i) => [...row, ...b[i]!])
  for (let k = 0; k < n; k++) {
    const pivot = rows.slice(k).reduce((best, row, at) => (Math.abs(row[k]!) > Math.abs(rows[best]![k]!) ? k + at : best), k)
    ;[rows[k], rows[pivot]] = [rows[pivot]!, rows[k]!]
    for (let i = 0; i < n; i++) {
      if (i === k) continue
      const factor = rows[i]![k]! / rows[k]![k]!
      rows[i] = rows[i]!.map((value, c) => value - factor * rows[k]![c]!)
    }
  }
  return rows.map((row, i) => row.slice(n).map((value) => value / row[i]!))
}

/** Aᵀ·B. */
export function transposeTimes(a: readonly (readonly number[])[], b: readonly (readonly number[])[]): number[][] {
  const rows = a[0]?.length ?? 0
  const columns = b[0]?.length ?? 0
  return Array.from({ length: rows }, (_, i) =>
    Array.from({ length: columns }, (_, j) => a.reduce((sum, row, k) => sum + row[i]! * b[k]![j]!, 0)),
  )
}
