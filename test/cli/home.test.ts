import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { runSona } from '../crash/sona-process.js'

let directory: string
const before = process.env.DATABASE_URL

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sona-home-'))
  process.env.DATABASE_URL = 'postgres://nobody@127.0.0.1:1/none'
})
afterAll(async () => {
  if (before === undefined) delete process.env.DATABASE_URL
  else process.env.DATABASE_URL = before
  await rm(directory, { recursive: true, force: true })
})

it('takes a home that is written out before DATABASE_URL, and DATABASE_URL before the default home', async () => {
  expect((await runSona(['doctor'])).result).toMatchObject({ error: { code: 'DATABASE_UNAVAILABLE' } })
  const { code, result, stderr } = await runSona(['doctor', '--home', join(directory, 'home')])
  expect(code).toBe(0)
  expect(result).toMatchObject({ database: 'embedded' })
  expect(stderr).toContain('Making an embedded database')
})
