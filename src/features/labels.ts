/** A column of word lists (genres, cast …): each row's words as numbers into one list of names. */
export interface LabelColumn {
  /** Codes of row r are codes[start[r]] … codes[start[r + 1] − 1]. Length rows + 1. */
  readonly start: Uint32Array
  readonly codes: Uint32Array
  /** The word each code stands for. A word may have lost its last row. */
  readonly names: readonly string[]
}

export const noLabels: LabelColumn = { start: new Uint32Array(1), codes: new Uint32Array(0), names: [] }

/**
 * The column with other rows, over shared buffers: `oldRows` names, for each new row, the row it had before (−1: none), and
 * `changed` has the words of rows that are new or different.
 */
export function patchLabels(
  column: LabelColumn,
  oldRows: Int32Array,
  changed: ReadonlyMap<number, readonly string[]>,
): LabelColumn {
  const names = [...column.names]
  const codeOf = new Map(names.map((name, code) => [name, code]))
  const encode = (word: string): number => {
    const known = codeOf.get(word)
    if (known !== undefined) return known
    codeOf.set(word, names.length)
    return names.push(word) - 1
  }
  const fresh = new Map([...changed].map(([row, words]) => [row, Uint32Array.from([...new Set(words)], encode)]))
  const codesOf = (row: number): Uint32Array => {
    const old = oldRows[row]
    return fresh.get(row) ?? (old < 0 ? noLabels.codes : column.codes.subarray(column.start[old], column.start[old + 1]))
  }

  const rows = oldRows.length
  const start = new Uint32Array(new SharedArrayBuffer((rows + 1) * 4))
  for (let row = 0; row < rows; row++) start[row + 1] = start[row] + codesOf(row).length
  const codes = new Uint32Array(new SharedArrayBuffer(start[rows] * 4))
  for (let row = 0; row < rows; row++) codes.set(codesOf(row), start[row])
  return { start, codes, names }
}

/** Calls `visit` with each row that has any of the words; with a row that has several of them, several times. */
export function forEachRowWith(column: LabelColumn, words: ReadonlySet<string>, visit: (row: number) => void): void {
  const wanted = new Uint8Array(column.names.length)
  column.names.forEach((name, code) => {
    if (words.has(name)) wanted[code] = 1
  })
  for (let row = 0; row + 1 < column.start.length; row++) {
    for (let at = column.start[row]; at < column.start[row + 1]; at++) {
      if (wanted[column.codes[at]] === 1) visit(row)
    }
  }
}
