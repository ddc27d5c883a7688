import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { afterAll } from 'vitest'
import type { RejectedRow, Rows } from '../../src/formats/feed.js'

const made: string[] = []

/** A directory with these files; names that end in `.gz` are packed. It goes when the test file is done. */
export function directoryOf(files: Readonly<Record<string, string | Uint8Array>>): string {
  const directory = mkdtempSync(join(tmpdir(), 'sona-formats-'))
  made.push(directory)
  for (const [name, content] of Object.entries(files)) {
    mkdirSync(dirname(join(directory, name)), { recursive: true })
    writeFileSync(join(directory, name), name.endsWith('.gz') && typeof content === 'string' ? gzipSync(content) : content)
  }
  return directory
}

export const fileOf = (name: string, content: string | Uint8Array): string => join(directoryOf({ [name]: content }), name)

afterAll(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true })
})

/** All of a feed's rows, apart by whether they can be used. */
export async function collect<T>(rows: Rows<T> | undefined): Promise<{ values: T[]; rejected: RejectedRow[] }> {
  const values: T[] = []
  const rejected: RejectedRow[] = []
  for await (const batch of rows ?? []) for (const row of batch) 'problem' in row ? rejected.push(row) : values.push(row.value)
  return { values, rejected }
}

/** `12: must have 4 columns` */
export const told = (rows: readonly RejectedRow[]): string[] => rows.map(({ line, problem }) => `${line}: ${problem}`)

/** Where real data lies, when it is at hand; tests that need it skip without it. */
export function realData(name: string): string | undefined {
  const directory = fileURLToPath(new URL(`../../../shared/data/${name}`, import.meta.url))
  return existsSync(directory) ? directory : undefined
}
