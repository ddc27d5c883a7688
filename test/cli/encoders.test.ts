import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startHub } from '../inference/hub.js'
import { writeTinyBert } from '../inference/tiny-bert.js'

const main = join(import.meta.dirname, '../../dist/cli/main.js')
let home: string
beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sona-cli-encoders-'))
})
afterAll(() => rm(home, { recursive: true, force: true }))

interface Ran {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

async function sona(...args: readonly string[]): Promise<Ran> {
  try {
    return { code: 0, ...(await promisify(execFile)(process.execPath, [main, 'encoders', ...args, '--home', home])) }
  } catch (error) {
    return error as Ran
  }
}

describe('sona encoders', () => {
  it('brings, lists, pulls and chooses', async () => {
    expect((await sona('list')).stdout).toMatch(/There are no encoders yet/)
    const { directory } = await writeTinyBert(join(home, 'brought'))
    const added = await sona('add', directory)
    expect(added).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^brought-\w{12}: texts of up to 20 tokens become 16 numbers/),
    })
    expect(added.stdout).toMatch(/It is in use/)

    const hub = await startHub((await writeTinyBert(join(home, 'source'), { seed: 2 })).directory, 'films/pulled')
    try {
      const pulled = await sona('pull', 'films/pulled', '--hub', hub.url, '--most-tokens', '12', '--json')
      expect(JSON.parse(pulled.stdout)).toMatchObject({ name: 'pulled', text: { mostTokens: 12 }, isInUse: false })
      expect((await sona('pull', 'films/pulled', '--hub', hub.url, '--use')).stdout).toMatch(/It is in use/)
    } finally {
      await hub.close()
    }
    const listed = (await sona('list')).stdout.trimEnd().split('\n')
    expect(listed.map((line) => line.slice(0, 9))).toEqual([
      '  brought',
      expect.stringMatching(/^[* ] pulled/),
      expect.stringMatching(/^[* ] pulled/),
    ])
    expect(listed.filter((line) => line.startsWith('* pulled')).length).toBe(1)
  })

  it('says what does not fit, with its code', async () => {
    const refused = await sona('add', join(home, 'nowhere'))
    expect(refused).toMatchObject({ code: 1, stderr: expect.stringMatching(/^FILE_NOT_FOUND: There is no directory .*nowhere/) })
    expect(await sona('add')).toMatchObject({ code: 2 })
    expect(await sona('pull', '../x')).toMatchObject({ code: 1, stderr: expect.stringMatching(/INVALID_FILE: A hub's id/) })
  })
})
