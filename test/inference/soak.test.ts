import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, it } from 'vitest'

/**
 * The short form of `npm run nightly`, in a process of its own. Between the thirds that are compared lie eight swaps of models of 19 MB:
 * one that stays behind each time would be 150 MB, half as much again as the process has. Short runs have not settled, and may grow by less.
 */
it('keeps its memory while versions take over from each other and calls go on', { timeout: 300_000 }, async () => {
  const args = [
    '--max-semi-space-size=4',
    '--import',
    'tsx',
    'bench/soak.ts',
    '--calls',
    '300',
    '--swaps',
    '15',
    '--most-growth',
    '0.25',
  ]
  const { stdout } = await promisify(execFile)(process.execPath, args, { cwd: join(import.meta.dirname, '../..') })
  expect(stdout).toMatch(/15 swaps and 300 calls/)
})
