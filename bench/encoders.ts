/**
 * What the encoder in use costs and what 8 bits lose: titles a second, sizes, and how many of each title's ten nearest by the 32-bit
 * models are among its ten nearest by the 8-bit ones.
 *
 *   npx tsx bench/encoders.ts --home <dir> --from movielens:<dir> [--metadata tmdb:<dir>]
 */
import { copyFile, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import type { Item } from '../src/domain/item.js'
import { openMetadata } from '../src/formats/metadata.js'
import { openSource } from '../src/formats/source.js'
import { files, readManifest, sealEncoder } from '../src/inference/manifest.js'
import { type EncodersOptions, openEncoders } from '../src/inference/open-encoders.js'
import { currentEncoder, encoderDirectory } from '../src/inference/shelf.js'
import { int8 } from '../src/inference/write-encoder.js'
import { corpusFromFeed } from '../src/jobs/corpus.js'

const { values: given } = parseArgs({
  options: { home: { type: 'string' }, from: { type: 'string' }, metadata: { type: 'string', multiple: true, default: [] } },
})
const ROUNDS = 3
const NEAREST = 10
const ASKED = 500
const AT_A_TIME = 256
const options: EncodersOptions = { rememberedTexts: 1 }

const now = Date.now()
const metadata = await Promise.all(given.metadata.map((name) => openMetadata(name)))
const corpus = await corpusFromFeed(await openSource(given.from ?? '', { now }), now, metadata)
const items = corpus.items.map(({ item }) => item)
const home = given.home ?? '.sona'
const whole = encoderDirectory(home, (await currentEncoder(home)) ?? '')
const small = await mkdtemp(join(tmpdir(), 'sona-int8-'))
try {
  await inEightBits(whole, small)
  const results = new Map<string, Float32Array>()
  for (const [name, directory] of [
    ['32 bits', whole],
    ['8 bits', small],
  ] as const) {
    const { rates, single, vectors } = await measured(directory)
    results.set(name, vectors)
    const sizes = await Promise.all(
      [files.text, files.content].map(async (file) => (await stat(join(directory, file))).size / 1e6),
    )
    console.log(
      `${name}: ${rates.map((rate) => rate.toFixed(0)).join(', ')} titles/s; one title ${single}; text and content model ${sizes.map((size) => size.toFixed(1)).join(' and ')} MB`,
    )
  }
  const [exact, rounded] = [...results.values()]
  console.log(`nearest ${NEAREST} kept in 8 bits: ${kept(exact, rounded).toFixed(4)}`)
} finally {
  await rm(small, { recursive: true })
}

/** The same encoder with its 8-bit files in place of the others. */
async function inEightBits(from: string, to: string): Promise<void> {
  const names = (await readdir(from)).filter((name) => name !== files.manifest && !name.endsWith('.int8.onnx'))
  for (const name of names) {
    const hasSmall = name === files.text || name === files.content
    await copyFile(join(from, hasSmall ? int8(name) : name), join(to, name))
  }
  const { name, text, dimensions, features } = await readManifest(from)
  await sealEncoder(to, { name: `${name}-int8`, text, features, ...(dimensions !== undefined && { dimensions }) })
}

async function measured(directory: string) {
  const encoders = await openEncoders(directory, options)
  const vectors = new Float32Array(items.length * (encoders.dimensions ?? 0))
  const rates: number[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const started = performance.now()
    for (let from = 0; from < items.length; from += AT_A_TIME) {
      const { values, dimensions } = await encoders.encodeItems(items.slice(from, from + AT_A_TIME), { deadlineMs: 60_000 })
      vectors.set(values, from * dimensions)
    }
    rates.push((1000 * items.length) / (performance.now() - started))
  }
  const single = await latency(items.slice(0, ASKED), (item) => encoders.encodeItems([item]))
  await encoders.close()
  return { rates, single, vectors }
}

async function latency(some: readonly Item[], ask: (item: Item) => Promise<unknown>): Promise<string> {
  const took: number[] = []
  for (const item of some) {
    const started = performance.now()
    await ask(item)
    took.push(performance.now() - started)
  }
  took.sort((a, b) => a - b)
  const at = (share: number): string => (took[Math.floor(share * (took.length - 1))] ?? 0).toFixed(1)
  return `p50 ${at(0.5)} ms, p99 ${at(0.99)} ms`
}

function kept(exact: Float32Array, rounded: Float32Array): number {
  const width = exact.length / items.length
  const nearest = (vectors: Float32Array, to: number): number[] => {
    const scores = items.map((_, item) => {
      let sum = 0
      for (let at = 0; at < width; at++) sum += (vectors[item * width + at] ?? 0) * (vectors[to * width + at] ?? 0)
      return item === to ? Number.NEGATIVE_INFINITY : sum
    })
    return [...scores.keys()].sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0)).slice(0, NEAREST)
  }
  const step = Math.max(1, Math.floor(items.length / 100))
  const asked = [...items.keys()].filter((item) => item % step === 0)
  const shares = asked.map((item) => {
    const right = new Set(nearest(exact, item))
    return nearest(rounded, item).filter((found) => right.has(found)).length / NEAREST
  })
  return shares.reduce((sum, share) => sum + share, 0) / shares.length
}
