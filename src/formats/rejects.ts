import { type FileHandle, open } from 'node:fs/promises'
import type { RejectedRow } from './feed.js'
import { unwritable } from './unwritable.js'

/** Rows that were not taken: counted by reason, and written to a file that is made with the first of them. */
export interface Rejects {
  readonly count: number
  /** By reason, most frequent first. */
  byReason(): ReadonlyMap<string, number>
  add(rows: readonly RejectedRow[]): Promise<void>
  /** Path of the file; undefined when nothing was written. */
  close(): Promise<string | undefined>
}

/** Rows written to the file; further ones are only counted, so that a wrong file of 100 million rows does not fill the disk. */
const MOST_WRITTEN = 100_000
/** Reasons told apart; names in them may come from the file. */
const MOST_REASONS = 100

/** NDJSON, a line for each row: `{ "file", "line", "reason", "row" }`. Without a path rows are counted only. */
export function createRejects(path?: string): Rejects {
  const reasons = new Map<string, number>()
  let file: FileHandle | undefined
  let count = 0
  let written = 0

  return {
    get count() {
      return count
    },
    byReason: () => new Map([...reasons].sort((a, b) => b[1] - a[1])),
    async add(rows) {
      for (const { problem } of rows) {
        const reason = reasons.has(problem) || reasons.size < MOST_REASONS ? problem : 'other reasons'
        reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
      }
      count += rows.length
      const kept = rows.slice(0, MOST_WRITTEN - written)
      if (path === undefined || kept.length === 0) return
      try {
        file ??= await open(path, 'w')
        await file.appendFile(kept.map((row) => `${JSON.stringify(lineOf(row))}\n`).join(''))
      } catch (error) {
        throw unwritable(`The list of rejected rows, ${path},`, error)
      }
      written += kept.length
    },
    async close() {
      if (file === undefined) return undefined
      if (count > written) await file.appendFile(`${JSON.stringify({ reason: `${count - written} more rows are not listed` })}\n`)
      await file.close()
      return path
    },
  }
}

const lineOf = ({ file, line, problem, row }: RejectedRow) => ({ file, line, reason: problem, row })
