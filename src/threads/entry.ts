import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/**
 * The compiled file of a thread's entry. Threads run plain JavaScript: when this package runs from its TypeScript sources (tests,
 * scripts), the same path under dist/ is taken, which `npm run build` wrote.
 */
export function compiledEntry(entry: URL, here: string = import.meta.url): URL {
  if (!here.endsWith('.ts')) return entry
  const sources = new URL('../', here).href // …/src/
  const compiled = new URL('../../dist/', here).href
  const url = new URL(entry.href.replace(sources, compiled).replace(/\.ts$/, '.js'))
  if (!existsSync(fileURLToPath(url))) {
    throw new Error(`${fileURLToPath(url)} does not exist. Threads run compiled files: run \`npm run build\` first.`)
  }
  return url
}
