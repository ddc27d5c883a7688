import { execFile } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'

const folder = join(import.meta.dirname, '../examples')

/** Lines that must come out of each example, in order. */
const expected: Readonly<Record<string, readonly RegExp[]>> = {
  'embedded.js': [
    /^Ann should see:$/,
    /^ {2}Arrival — Because you watched .*Blade Runner/,
    /^Ann has finished Arrival, and should see:$/,
    /^ {2}Aliens — Because you watched .*Arrival/,
  ],
  'over-http.js': [/^written: \{ created: 3, updated: 0/, /accepted: 1/, /^Heat — New here/, /^Alien — New here/],
}

/** Runs an example as its first lines say, and returns what it prints. */
async function linesOf(file: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [join(folder, file)])
  return stdout.split('\n')
}

describe('examples', () => {
  it('are all run here', () => {
    expect(readdirSync(folder).sort()).toEqual(Object.keys(expected).sort())
  })

  it.each(Object.entries(expected))('%s prints what it should', { timeout: 300_000 }, async (file, patterns) => {
    const lines = await linesOf(file)
    let from = 0
    for (const pattern of patterns) {
      const at = lines.findIndex((line, place) => place >= from && pattern.test(line))
      expect(at, `${pattern} in\n${lines.join('\n')}`).toBeGreaterThanOrEqual(from)
      from = at + 1
    }
  })
})
