/**
 * Writes the pages of docs/ that are made from the code: errors, command line, HTTP API, and one for each model; and the parts of pages
 * between markers that are made from data: the tables of benchmarks.md.
 *
 *   npm run docs         write them
 *   npm run docs:check   make them in memory, fail when a file in the repository is not what the code gives
 */
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import { cliPage } from './reference/cli.js'
import { errorsPage } from './reference/errors.js'
import { httpPage } from './reference/http.js'
import { modelNames, modelPage } from './reference/models.js'
import { peerTables } from './reference/peers.js'

const folder = new URL('../docs/', import.meta.url)

const pages: readonly { readonly file: string; readonly from: string; readonly make: () => string }[] = [
  { file: 'reference/errors.md', from: 'src/domain/errors.ts and src/contract/', make: errorsPage },
  { file: 'reference/cli.md', from: 'src/cli/', make: cliPage },
  { file: 'reference/http.md', from: 'src/contract/', make: httpPage },
  ...modelNames.map((name) => ({ file: `models/${name}.md`, from: `src/models/${name}.ts`, make: () => modelPage(name) })),
]

/** Parts of pages written by hand, between `<!-- <name>: begin … -->` and `<!-- <name>: end -->`. */
const parts: readonly { readonly file: string; readonly name: string; readonly from: string; readonly make: () => string }[] = [
  { file: 'benchmarks.md', name: 'peers', from: 'bench/results/peers', make: peerTables },
]

const isCheck = process.argv.includes('--check')

for (const { file, from, make } of pages) {
  await put(file, from, `<!-- Generated from ${from} by \`npm run docs\`; do not edit. -->\n\n${make().trim()}\n`)
}
for (const { file, name, from, make } of parts) {
  const page = await readFile(fileURLToPath(new URL(file, folder)), 'utf8')
  const [before, , after] = page.split(new RegExp(`<!-- ${name}: (?:begin[^>]*|end) -->`))
  if (after === undefined) throw new Error(`docs/${file} has no markers for ${name}.`)
  const begin = `<!-- ${name}: begin, generated from ${from} by \`npm run docs\` -->`
  await put(file, from, `${before}${begin}\n\n${make().trim()}\n\n<!-- ${name}: end -->${after}`)
}

async function put(file: string, from: string, expected: string): Promise<void> {
  const path = fileURLToPath(new URL(file, folder))
  if (!isCheck) {
    await writeFile(path, expected)
    console.log(`Wrote docs/${file} (${expected.length} characters).`)
  } else if ((await readFile(path, 'utf8').catch(() => '')) !== expected) {
    console.error(`docs/${file} is stale: ${from} gives another text. Run \`npm run docs\`.`)
    process.exitCode = 1
  }
}
