import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join, relative } from 'node:path'
import { describe, expect, it } from 'vitest'
import { createProgram, namedCommands } from '../../src/cli/program.js'
import { internalError } from '../../src/contract/errors.js'
import { parseFilter } from '../../src/contract/filter.js'
import { parsePlan } from '../../src/contract/plan.js'
import { parseWith } from '../../src/contract/problems.js'
import { recommendationAnswerSchema, recommendationRequestSchema } from '../../src/contract/recommendation.js'
import { errorTable } from '../../src/domain/errors.js'
import { columnsOf, requiredFields, tableKinds } from '../../src/formats/columns.js'
import { edgeKinds } from '../../src/graph/content-graph.js'
import { algorithms } from '../../src/models/index.js'
import { createPlan } from '../../src/pipeline/plan.js'
import { rankers } from '../../src/ranking/index.js'
import { rules } from '../../src/rules/index.js'
import { sources } from '../../src/sources/index.js'
import { expectedSchema } from '../../src/storage/expected-schema.js'
import { layers } from '../architecture/rules.js'
import { anchorsOf, fencesIn, headingsIn, proseOf, rowsIn } from './markdown.js'
import { complaintsAbout } from './type-check.js'

const root = join(import.meta.dirname, '../..')
const read = (path: string): string => readFileSync(join(root, path), 'utf8')
const filesIn = (folder: string, ending: string): string[] =>
  readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && entry.name.endsWith(ending))
    .map((entry) => relative(root, join(entry.parentPath, entry.name)))

/** Every page, by its path from the root. */
const pages: ReadonlyMap<string, string> = new Map(
  ['README.md', 'CONTRIBUTING.md', 'CHANGELOG.md', ...filesIn('docs', '.md')].map((path) => [path, read(path)]),
)
const page = (path: string): string => pages.get(path) ?? ''
const firstCells = (markdown: string): string[] => rowsIn(markdown).map(([cell = '']) => cell.replaceAll('`', ''))
const sorted = (names: Iterable<string>): string[] => [...names].sort()

describe('errors', () => {
  const codes = [...Object.keys(errorTable), internalError.code]

  it('are all documented, and nothing else is', () => {
    expect(sorted(firstCells(page('docs/reference/errors.md')))).toEqual(sorted(codes))
  })

  it('that a page names exist', () => {
    const named = [...pages].flatMap(([path, text]) =>
      [...text.matchAll(/`([A-Z]{3,}(?:_[A-Z]+)+)`/g)].map(([, code]) => ({ path, code })),
    )
    expect(named.length).toBeGreaterThan(50)
    const isVariable = (name: string): boolean =>
      name.startsWith('SONA_') ||
      ['DATABASE_URL', 'EMBEDDING_MODEL_PATH'].includes(name) ||
      (edgeKinds as readonly string[]).includes(name)
    expect(named.filter(({ code }) => !isVariable(code) && !codes.includes(code))).toEqual([])
  })
})

describe('strategies', () => {
  it.each([
    ['docs/sources.md', sources],
    ['docs/ranking.md', rankers],
    ['docs/rules.md', rules],
  ])('have each a section in %s, and no section is of none', (path, table) => {
    expect(sorted(headingsIn(page(path), 2))).toEqual(sorted(Object.keys(table)))
  })

  it('have each a page under docs/models, and no page is of none', () => {
    expect(sorted(filesIn('docs/models', '.md'))).toEqual(sorted([...algorithms.keys()].map((name) => `docs/models/${name}.md`)))
  })

  it.each([...algorithms.values()])('$name has its formulas and options on its page', ({ name, defaults }) => {
    const text = page(`docs/models/${name}.md`)
    expect(firstCells(text)).toEqual(Object.keys(defaults))
    expect(rowsIn(text).filter(([, value = '', meaning = '']) => value === '' || meaning === '')).toEqual([])
    expect(text).toMatch(/^ {4}\S/m)
    for (const label of ['Cost', 'Choose', 'Avoid']) expect(text).toContain(`- **${label}** `)
  })
})

describe('commands', () => {
  const named = namedCommands(createProgram())

  it('are all documented, and nothing else is', () => {
    const documented = headingsIn(page('docs/reference/cli.md'), 2).filter((heading) => heading.startsWith('sona '))
    expect(documented).toEqual(named.map(({ name }) => `sona ${name}`))
  })

  it('that a page shows exist, with their options', () => {
    const shown = [...pages].flatMap(([path, text]) => commandLinesIn(text).map((line) => ({ path, line })))
    expect(shown.length).toBeGreaterThan(30)
    expect(shown.filter(({ line }) => !isCommand(line))).toEqual([])
  })

  it('have examples in their help that work', () => {
    const options = named.flatMap(({ command }) => command.options)
    const examples = options.flatMap(({ long, description }) =>
      [...description.matchAll(/'(\{.*\})'/g)].map(([, json]) => ({ field: long?.slice(2) ?? '', value: JSON.parse(json) })),
    )
    expect(examples.length).toBeGreaterThan(1)
    for (const { field, value } of examples) {
      expect(parseWith(recommendationRequestSchema, { userId: 'ann', [field]: value })).toMatchObject({ ok: true })
    }
  })

  function isCommand(line: string): boolean {
    const called = named.find(({ name }) => line === `sona ${name}` || line.startsWith(`sona ${name} `))
    const rest = line.slice(`sona ${called?.name}`.length)
    const command = called?.command
    const known = new Set(['--help', ...(command?.options.map(({ long }) => long) ?? [])])
    return command !== undefined && [...rest.matchAll(/ (--[a-z-]+)/g)].every(([, option]) => known.has(option))
  }
})

/** Lines of code blocks and pieces of inline code that begin with `sona` and a word. */
function commandLinesIn(text: string): string[] {
  const blocks = fencesIn(text).flatMap((fence) => fence.text.split('\n'))
  const indented = [...text.matchAll(/^ {4}(\S.*)$/gm)].map(([, line]) => line)
  const inline = [...proseOf(text).matchAll(/`([^`\n]+)`/g)].map(([, code]) => code)
  return [...blocks, ...indented, ...inline].flatMap((line) => /^sona [a-z]+( .*)?$/.exec(line.trim())?.[0] ?? [])
}

describe('pages', () => {
  it('link to pages and headings that exist', () => {
    const broken = [...pages].flatMap(([path, text]) =>
      linksIn(text)
        .filter((target) => !leadsSomewhere(path, target))
        .map((target) => `${path} → ${target}`),
    )
    expect(broken).toEqual([])
  })

  it('are all reached from the README', () => {
    const reached = new Set(['README.md'])
    for (const path of reached) {
      for (const target of linksIn(page(path))) {
        const file = relative(root, join(root, dirname(path), target.split('#')[0]))
        if (pages.has(file)) reached.add(file)
      }
    }
    expect(sorted(reached)).toEqual(sorted(pages.keys()))
  })

  it('name no file that is missing', () => {
    const named = [...pages].flatMap(([path, text]) => filesNamedIn(text).map((file) => ({ path, file })))
    expect(named.length).toBeGreaterThan(50)
    expect(named.filter(({ file }) => !existsSync(join(root, file)))).toEqual([])
  })

  it('exist when the code names them', () => {
    const named = ['src', 'test', 'bench', 'scripts']
      .flatMap((folder) => filesIn(folder, '.ts'))
      .flatMap((path) => [...read(path).matchAll(/\bdocs\/[\w./-]+\.md\b/g)].map(([file]) => ({ path, file })))
    expect(named.filter(({ file }) => !existsSync(join(root, file)))).toEqual([])
  })

  it('have JSON that parses', () => {
    const fences = [...pages].flatMap(([path, text]) =>
      fencesIn(text)
        .filter(({ language }) => language === 'json')
        .map((fence) => ({ ...fence, path })),
    )
    expect(fences.length).toBeGreaterThan(10)
    for (const { path, line, text } of fences) expect(() => JSON.parse(text), `${path}:${line}`).not.toThrow()
  })

  it('have filters, plans and answers that Sona takes and gives', () => {
    const valuesIn = (path: string): unknown[] =>
      fencesIn(page(path))
        .filter(({ language }) => language === 'json')
        .map(({ text }) => JSON.parse(text))
    for (const filter of valuesIn('docs/guides/filters.md')) expect(parseFilter(filter)).toMatchObject({ ok: true })
    for (const plan of valuesIn('docs/guides/evaluate.md')) expect(createPlan(parsePlan(plan)).sources).not.toEqual([])
    const [answer] = valuesIn('README.md')
    expect(parseWith(recommendationAnswerSchema.strict(), answer)).toMatchObject({ ok: true })
  })

  it('have TypeScript that compiles against what the package exports', { timeout: 120_000 }, () => {
    const snippets = [...pages].flatMap(([path, text]) =>
      fencesIn(text)
        .filter(({ language }) => language === 'ts')
        .map((fence) => ({ place: `${path}:${fence.line}`, text: fence.text })),
    )
    expect(snippets.length).toBeGreaterThan(1)
    expect(complaintsAbout(root, snippets)).toEqual([])
    const planted = { place: 'planted', text: "import { createSona } from 'sona'\nconst n: number = await createSona({})" }
    expect(complaintsAbout(root, [planted])).not.toEqual([])
  })
})

function linksIn(text: string): string[] {
  return [...proseOf(text).matchAll(/\]\(([^)\s]+)\)/g)].map(([, target]) => target).filter((target) => !/^https?:/.test(target))
}

function leadsSomewhere(from: string, target: string): boolean {
  const [path, anchor] = target.split('#')
  const file = path === '' ? from : relative(root, join(root, dirname(from), path))
  if (!existsSync(join(root, file))) return false
  return anchor === undefined || anchorsOf(pages.get(file) ?? '').has(anchor)
}

/** Paths in inline code that begin with a folder of the repository. */
function filesNamedIn(text: string): string[] {
  const named = [...proseOf(text).matchAll(/`((?:src|test|docs|scripts|bench|examples)\/[\w./-]*)`/g)].map(([, path]) => path)
  const run = [...text.matchAll(/\b(?:bench|scripts|test)\/[\w/-]+\.(?:ts|sh)\b/g)].map(([path]) => path)
  return [...named, ...run]
}

describe('reference', () => {
  it('has every environment variable that is read, and no other', () => {
    const folders = ['src', 'test', 'scripts'].flatMap((folder) => [...filesIn(folder, '.ts'), ...filesIn(folder, '.sh')])
    const texts = [...folders.map(read), read('vitest.config.ts')]
    const inCode = texts.flatMap((text) => [
      ...[...text.matchAll(/process\.env\.([A-Z_]+)/g)].map(([, name]) => name),
      ...[...text.matchAll(/\.env\('([A-Z_]+)'\)/g)].map(([, name]) => name),
      ...[...text.matchAll(/\$\{(SONA_[A-Z_]+):-/g)].map(([, name]) => name),
    ])
    const documented = firstCells(page('docs/reference/configuration.md')).filter((name) => /^[A-Z_]+$/.test(name))
    expect(sorted(documented)).toEqual(sorted(new Set(inCode.filter((name) => name !== 'PATH'))))
  })

  it('has every option of createSona and createServer, and no other', () => {
    const fieldsOf = (file: string, name: string): string[] => {
      const body = new RegExp(`export interface ${name} \\{([\\s\\S]*?)\\n\\}`).exec(read(file))?.[1] ?? ''
      return [...body.matchAll(/^ {2}readonly (\w+)\??:/gm)].map(([, field]) => field)
    }
    const options = [...fieldsOf('src/sona.ts', 'SonaOptions'), ...fieldsOf('src/http/server.ts', 'ServerOptions')]
    expect(options.length).toBeGreaterThan(8)
    const documented = firstCells(page('docs/reference/configuration.md')).filter((name) => /^[a-z]\w+$/.test(name))
    expect(sorted(documented)).toEqual(sorted(options))
  })

  it('has every table and column of the schema, and no other', () => {
    const text = page('docs/reference/tables.md')
    const documented = text.split(/^## /m).flatMap((section) => {
      const table = section.split('\n')[0]
      return firstCells(`## ${section}`).map((column) => `${table}.${column}`)
    })
    const expected = expectedSchema.flatMap((line) => /^column (\S+)/.exec(line)?.[1] ?? [])
    expect(sorted(documented)).toEqual(sorted(expected))
  })

  it('has every figure of /metrics, and no other', () => {
    const texts = filesIn('src/observability', '.ts').map(read)
    const inCode = texts.flatMap((text) => [...text.matchAll(/name: '(sona_\w+)'/g)].map(([, name]) => name))
    const documented = firstCells(page('docs/guides/serve.md')).map((cell) => cell.replace(/\{.*$/, ''))
    expect(sorted(documented)).toEqual(sorted(inCode))
  })

  it('has every column that an import understands, and no other', () => {
    const [, tables = ''] = /<!-- columns -->([\s\S]*)<!-- \/columns -->/.exec(page('docs/guides/import.md')) ?? []
    const documented = tables.split(/^### /m).flatMap((section) => {
      const kind = section.split('\n')[0]
      return rowsIn(`### ${section}`).map(([field = '', names = '']) => `${kind} ${field.replaceAll('`', '')}: ${names}`)
    })
    const expected = tableKinds.flatMap((kind) =>
      columnsOf[kind].map(({ field, names }) => {
        const required = requiredFields[kind].includes(field) ? ' (required)' : ''
        const all = [...new Set([field, ...names])].join(', ')
        return `${kind} ${field}${required}: ${all}`
      }),
    )
    expect(documented).toEqual(expected)
  })
})

describe('architecture', () => {
  it('lists the folders in the order that imports must follow', () => {
    const [, section = ''] = page('docs/architecture.md').split('## The folders')
    const listed = firstCells(section.split('\n## ')[0])
    expect(listed).toEqual([...layers])
  })

  it('has a decision page for each line of its index, with its five parts', () => {
    const files = filesIn('docs/adr', '.md').filter((path) => !path.endsWith('README.md'))
    const indexed = linksIn(page('docs/adr/README.md')).map((target) => `docs/adr/${target}`)
    expect(sorted(indexed)).toEqual(sorted(files))
    for (const path of files) {
      const parts = [...page(path).matchAll(/^\*\*(\w+(?: when)?)/gm)].map(([, part]) => part)
      expect(parts, path).toEqual(['Context', 'Decision', 'Rejected', 'Consequences', 'Revisit when'])
    }
  })

  it('has a reason for each runtime dependency', () => {
    const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> }
    expect(sorted(firstCells(page('docs/adr/0008-runtime-dependencies.md')))).toEqual(sorted(Object.keys(dependencies)))
  })
})
