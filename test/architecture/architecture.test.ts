import { readdirSync, readFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { circlesIn, homes, layers, violationsIn } from './rules.js'

const root = join(import.meta.dirname, '../../src')

function sources(): Map<string, string> {
  const paths = readdirSync(root, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith('.ts'))
    .map((entry) => join(entry.parentPath, entry.name))
    .filter((path) => !path.includes('kernels/assembly'))
  return new Map(paths.map((path) => [relative(root, path), readFileSync(path, 'utf8')]))
}

describe('the house', () => {
  const files = sources()

  it('has imports that point up the list of folders only, and packages in their homes', () => {
    expect(files.size).toBeGreaterThan(50)
    expect(violationsIn(files)).toEqual([])
  })

  it('has no circles', () => {
    expect(circlesIn(files)).toEqual([])
  })

  it('has every folder on the list, and nothing on the list that is not there', () => {
    expect(new Set([...files.keys()].map((path) => path.split('/')[0]))).toEqual(new Set(layers))
  })

  it('gives a home to exactly the packages it depends on', () => {
    const manifest = JSON.parse(readFileSync(join(root, '../package.json'), 'utf8')) as { dependencies: Record<string, string> }
    expect(Object.keys(homes).sort()).toEqual(Object.keys(manifest.dependencies).sort())
  })
})

describe('the rules', () => {
  const planted: readonly (readonly [what: string, path: string, source: string])[] = [
    ['an import down the list', 'domain/item.ts', "import { x } from '../models/ease.js'"],
    ['a type import down the list', 'features/x.ts', "import type { Store } from '../storage/store.js'"],
    ['a re-export down the list', 'math/x.ts', "export { y } from '../domain/ids.js'"],
    ['a dynamic import down the list', 'engine/x.ts', "const x = await import('../http/server.js')"],
    ['an import over several lines', 'domain/x.ts', "import {\n  a,\n  b,\n} from '../pipeline/plan.js'"],
    ['a sibling among strategies', 'sources/popular.ts', "import { sequential } from './sequential.js'"],
    ['a part of another strategy', 'models/ease.ts', "import { x } from './gated-recurrence/network.js'"],
    ['a strategy seen from a part of another', 'models/als/x.ts', "import { x } from '../ease.js'"],
    ['a package away from home', 'engine/x.ts', "import pg from 'pg'"],
    ['a deep import of a package away from home', 'http/x.ts', "import { z } from 'zod/v4'"],
    ['a package without a home', 'cli/x.ts', "import x from 'left-pad'"],
    ['the clock in the pure half', 'models/x.ts', 'const now = Date.now()'],
    ['today in the pure half', 'world/x.ts', 'const today = new Date()'],
    ['chance in the pure half', 'ranking/x.ts', 'const coin = Math.random()'],
    ['Node in the pure half', 'features/x.ts', "import { createHash } from 'node:crypto'"],
    ['the environment outside the command line', 'storage/x.ts', 'const url = process.env.DATABASE_URL'],
    ['a folder nobody knows', 'engine/x.ts', "import { y } from '../misc/y.js'"],
  ]

  it.each(planted)('catch %s', (_what, path, source) => {
    expect(violationsIn(new Map([[path, source]]))).toHaveLength(1)
  })

  it('catch a circle', () => {
    const circle = new Map([
      ['domain/a.ts', "import { b } from './b.js'"],
      ['domain/b.ts', "import { a } from './a.js'"],
    ])
    expect(circlesIn(circle)).toEqual(['domain/a.ts → domain/b.ts → domain/a.ts'])
  })

  it('leave alone what is allowed', () => {
    const good = new Map([
      ['sources/index.ts', "import { popular } from './popular.js'"],
      ['models/ease.ts', "// Date.now() in a comment\nimport type { Model } from './model.js'\nconst day = new Date(0)"],
      ['models/gated-recurrence.ts', "import { x } from './gated-recurrence/network.js'"],
      ['models/gated-recurrence/network.ts', "import { x } from './batches.js'"],
      ['cli/main.ts', "import { Command } from 'commander'\nconst home = process.env.SONA_HOME"],
    ])
    expect(violationsIn(good)).toEqual([])
  })
})
