/** A fenced block of a Markdown page. */
export interface Fence {
  /** The first word after the ticks: `sh`, `ts`, `json`, `text`; empty when there is none. */
  readonly language: string
  /** The words after it. */
  readonly marks: readonly string[]
  readonly text: string
  /** Of its first line of content, from 1. */
  readonly line: number
}

/** The fenced blocks of a page, in order. */
export function fencesIn(markdown: string): Fence[] {
  const fences: Fence[] = []
  const lines = markdown.split('\n')
  for (let at = 0; at < lines.length; at++) {
    const opening = /^```(\S*)\s*(.*)$/.exec(lines[at])
    if (opening === null) continue
    const end = lines.indexOf('```', at + 1)
    if (end < 0) throw new Error(`The fence in line ${at + 1} is never closed.`)
    const marks = opening[2].split(/\s+/).filter((mark) => mark !== '')
    fences.push({ language: opening[1], marks, text: lines.slice(at + 1, end).join('\n'), line: at + 2 })
    at = end
  }
  return fences
}

/** The page without its fenced blocks and indented code: what a reader reads. */
export function proseOf(markdown: string): string {
  return markdown.replace(/^```[\s\S]*?^```$/gm, '').replace(/^ {4}.*$/gm, '')
}

/** Names in headings of this level that are written as code, or that are one word: `## ease`, `## \`sona train\``. */
export function headingsIn(markdown: string, level: number): string[] {
  const marks = '#'.repeat(level)
  return [...proseOf(markdown).matchAll(new RegExp(`^${marks} (.+)$`, 'gm'))].map(([, heading]) =>
    heading.replaceAll('`', '').trim(),
  )
}

/** The cells of every table row that is not a header or its line, with ticks removed. */
export function rowsIn(markdown: string): string[][] {
  const lines = proseOf(markdown).split('\n')
  const isRow = (line: string | undefined): boolean => line?.startsWith('|') ?? false
  return lines
    .filter((line, at) => isRow(line) && !/^\|[-|]+\|$/.test(line) && !/^\|[-|]+\|$/.test(lines[at + 1] ?? ''))
    .map((line) =>
      line
        .replaceAll('\\|', '\u0000')
        .split('|')
        .slice(1, -1)
        .map((cell) => cell.replaceAll('\u0000', '|').trim()),
    )
}

/** As GitHub makes them of headings. */
export function anchorsOf(markdown: string): Set<string> {
  const anchors = new Set<string>()
  for (const [, heading] of proseOf(markdown).matchAll(/^#{1,6} (.+)$/gm)) {
    anchors.add(
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N}\- _]/gu, '')
        .replaceAll(' ', '-'),
    )
  }
  return anchors
}
