/** The rules of the house as a function from source texts to violations, so that a test can plant some and see them caught. */

/** Data flows down this list; an import may only point up it, or stay in its folder. */
export const layers = [
  'math',
  'domain',
  'features',
  'encoders',
  'graph',
  'models',
  'adapters',
  'world',
  'sources',
  'ranking',
  'rules',
  'pipeline',
  'evaluation',
  'tuning',
  'simulation',
  // above: pure. below: effects.
  'contract',
  'observability',
  'threads',
  'formats',
  'storage',
  'inference',
  'engine',
  'jobs',
  'sona.ts',
  'http',
  'index.ts',
  'cli',
] as const

const pure = new Set<string>(layers.slice(0, layers.indexOf('contract')))

/**
 * Folders whose files are strategies: none knows another. What they share stands in the files named here; a strategy too large for
 * one file has a folder of its own name beside it, which nobody else looks into.
 */
const strategies: Readonly<Record<string, readonly string[]>> = {
  models: ['model.ts', 'artifact.ts', 'neighbour-model.ts', 'taste-model.ts', 'index.ts'],
  sources: ['source.ts', 'best-scored.ts', 'index.ts'],
  ranking: [
    'ranker.ts',
    'order.ts',
    'blend.ts',
    'candidate-features.ts',
    'match-features.ts',
    'learned-order.ts',
    'beyond-the-cut.ts',
    'adapter-features.ts',
    'feature-words.ts',
    'index.ts',
  ],
  rules: ['rule.ts', 'index.ts'],
}

/** The one home of each outside package. Where several folders are named, each has its own reason, given beside it. */
export const homes: Readonly<Record<string, readonly string[]>> = {
  '@electric-sql/pglite': ['storage'],
  '@electric-sql/pglite-pgvector': ['storage'],
  pg: ['storage'],
  'pg-boss': ['storage'],
  zod: ['contract'],
  fastify: ['http'],
  '@fastify/cors': ['http'],
  '@fastify/helmet': ['http'],
  '@fastify/swagger': ['http'],
  '@fastify/swagger-ui': ['http'],
  '@fastify/under-pressure': ['http'],
  'prom-client': ['observability'],
  pino: ['observability'],
  'csv-parse': ['formats'],
  'vega-datasets': ['formats'],
  'onnxruntime-node': ['inference'],
  'onnxruntime-web': ['inference'],
  '@huggingface/tokenizers': ['inference'],
  graphology: ['graph'],
  'graphology-communities-louvain': ['graph'],
  'lru-cache': ['engine', 'inference'], // users' states; vectors of recent texts
  '@observablehq/plot': ['jobs'],
  d3: ['jobs'],
  commander: ['cli'],
  'cli-progress': ['cli'],
}

const forbiddenInPureCode: readonly { readonly pattern: RegExp; readonly what: string }[] = [
  { pattern: /\bDate\.now\b/, what: 'reads the clock (Date.now)' },
  { pattern: /\bnew Date\(\s*\)/, what: 'reads the clock (new Date())' },
  { pattern: /\bperformance\.now\b/, what: 'reads the clock (performance.now)' },
  { pattern: /\bMath\.random\b/, what: 'takes chance from Math.random' },
  { pattern: /\bprocess\./, what: 'knows the process' },
  { pattern: /\bconsole\./, what: 'writes to the console' },
  { pattern: /from 'node:/, what: 'imports from Node' },
]

/** @param files source text by path from the root of src, e.g. `models/ease.ts` */
export function violationsIn(files: ReadonlyMap<string, string>): string[] {
  return [...files].flatMap(([path, source]) => {
    const code = withoutComments(source)
    return [
      ...importsOf(code).flatMap((specifier) => importViolations(path, specifier)),
      ...(pure.has(layerOf(path))
        ? forbiddenInPureCode.filter(({ pattern }) => pattern.test(code)).map(({ what }) => `${path} ${what}`)
        : []),
      ...(/\bprocess\.(env|exit)/.test(code) && layerOf(path) !== 'cli' ? [`${path} reads process outside cli/`] : []),
    ]
  })
}

function importViolations(path: string, specifier: string): string[] {
  if (specifier.startsWith('node:')) return []
  if (!specifier.startsWith('.')) return packageViolations(path, specifier)
  const target = resolve(path, specifier)
  const from = layerOf(path)
  const to = layerOf(target)
  if (rankOf(to) < 0) return [`${path} imports ${target}, which is in no known folder`]
  if (from === to) return siblingViolations(path, target)
  return rankOf(to) < rankOf(from) ? [] : [`${path} imports ${target}: ${to} comes after ${from}`]
}

function packageViolations(path: string, specifier: string): string[] {
  const name = specifier.startsWith('@') ? specifier.split('/').slice(0, 2).join('/') : specifier.split('/')[0]
  const home = homes[name]
  if (home === undefined) return [`${path} imports ${name}, which has no home in homes`]
  return home.includes(layerOf(path)) ? [] : [`${path} imports ${name}, whose home is ${home.join(', ')}`]
}

function siblingViolations(path: string, target: string): string[] {
  const shared = strategies[layerOf(path)]
  if (shared === undefined) return []
  const fileName = path.slice(path.indexOf('/') + 1)
  const targetName = target.slice(target.indexOf('/') + 1)
  const strategyOf = (name: string) => name.replace(/\.ts$/, '').split('/')[0]
  const isOwnPart = targetName.includes('/') && strategyOf(fileName) === strategyOf(targetName)
  return fileName === 'index.ts' || shared.includes(targetName) || isOwnPart ? [] : [`${path} imports its sibling ${target}`]
}

/** Circles among files that need each other to run, each once, as `a → b → a`. Type imports vanish, and do not count here. */
export function circlesIn(files: ReadonlyMap<string, string>): string[] {
  const circles: string[] = []
  const done = new Set<string>()
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) circles.push([...trail.slice(trail.indexOf(path)), path].join(' → '))
    if (done.has(path) || trail.includes(path)) return
    const code = withoutTypeImports(withoutComments(files.get(path) ?? ''))
    for (const specifier of importsOf(code)) if (specifier.startsWith('.')) visit(resolve(path, specifier), [...trail, path])
    done.add(path)
  }
  for (const path of files.keys()) visit(path, [])
  return circles
}

function importsOf(code: string): string[] {
  return [
    ...code.matchAll(
      /(?:^|\n)\s*(?:import|export)\b[^'"`;]*?from\s+'([^']+)'|(?:^|\n)\s*import\s+'([^']+)'|\bimport\(\s*'([^']+)'\s*\)/g,
    ),
  ].map((match) => match[1] ?? match[2] ?? match[3])
}

function withoutTypeImports(code: string): string {
  return code.replace(/(^|\n)\s*(import|export)\s+type\b[^'"`;]*?from\s+'[^']+'/g, '$1')
}

function withoutComments(source: string): string {
  return source.replace(/\/\*[\s\S]*?\*\//g, '').replace(/(^|\s)\/\/.*$/gm, '$1')
}

function resolve(path: string, specifier: string): string {
  const parts = path.split('/').slice(0, -1)
  for (const part of specifier.split('/')) {
    if (part === '..') parts.pop()
    else if (part !== '.') parts.push(part)
  }
  return parts.join('/').replace(/\.js$/, '.ts')
}

const layerOf = (path: string): string => path.split('/')[0]
const rankOf = (layer: string): number => (layers as readonly string[]).indexOf(layer)
