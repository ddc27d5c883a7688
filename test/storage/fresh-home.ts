import { createHash, randomUUID } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { knownMigrations } from '../../src/storage/migrate.js'
import { openStore } from '../../src/storage/open.js'

/**
 * A home directory with an empty, migrated embedded database in it, and what removes it. Making one takes seconds, so the first
 * is kept as a template in the system's temporary directory, and every test gets a copy of its own.
 */
export async function freshHome(): Promise<{ readonly home: string; remove(): void }> {
  const template = await templateHome()
  const home = mkdtempSync(join(tmpdir(), 'sona-test-home-'))
  cpSync(template, home, { recursive: true })
  return { home, remove: () => rmSync(home, { recursive: true, force: true }) }
}

async function templateHome(): Promise<string> {
  const pglite = createRequire(import.meta.url).resolve('@electric-sql/pglite')
  const key = createHash('sha256')
    .update(
      knownMigrations()
        .map(({ checksum }) => checksum)
        .join(),
    )
    .update(readFileSync(join(pglite, '../../package.json')))
    .digest('hex')
    .slice(0, 16)
  const template = join(tmpdir(), `sona-test-template-${key}`)
  if (existsSync(template)) return template
  const draft = `${template}.${randomUUID()}`
  mkdirSync(draft)
  const store = await openStore({ home: draft })
  await store.close()
  try {
    renameSync(draft, template)
  } catch (error) {
    if (!existsSync(template)) throw error
    rmSync(draft, { recursive: true, force: true }) // another test process was quicker
  }
  return template
}
