/**
 * Pads columns to one width each: the first to the left, the others to the right. What does not fit beside the first column goes
 * into another block below, which repeats the first column.
 */
export function aligned(lines: readonly (readonly string[])[], width = 118): string {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)))
  const blocks: number[][] = []
  let left = 0
  for (let column = 1; column < widths.length; column++) {
    if (blocks.length === 0 || left < widths[column] + GAP.length) {
      blocks.push([])
      left = width - widths[0]
    }
    blocks[blocks.length - 1].push(column)
    left -= widths[column] + GAP.length
  }
  return blocks.map((columns) => lines.map((line) => alignedLine(line, columns, widths)).join('\n')).join('\n\n')
}

const GAP = '  '

function alignedLine(line: readonly string[], columns: readonly number[], widths: readonly number[]): string {
  const cells = columns.map((column) => line[column].padStart(widths[column]))
  return [line[0].padEnd(widths[0]), ...cells].join(GAP).trimEnd()
}
