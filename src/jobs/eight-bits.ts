import { copyFile, mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Item } from '../domain/item.js'
import { files, readManifest, sealEncoder } from '../inference/manifest.js'
import { openEncoders } from '../inference/open-encoders.js'
import { int8 } from '../inference/write-encoder.js'

/** What an encoder costs in 32 and in 8 bits, and what the 8 bits lose. */
export interface EightBits {
  /** Items that were encoded by both. */
  readonly items: number
  readonly whole: EncoderCost
  readonly small: EncoderCost
  /** Of each title's ten nearest by 32 bits, the share that are among its ten nearest by 8. */
  readonly nearestKept: number
}

export interface EncoderCost {
  /** From the item to its vector, with text, one call after another. The median of the rounds. */
  readonly itemsPerSecond: number
  /** Of the text model's and the content model's file. */
  readonly bytes: number
}

const NEAREST = 10
/** Titles whose nearest are compared. */
const ASKED = 200
const AT_A_TIME = 256
const ROUNDS = 3
const PATIENCE = { deadlineMs: 600_000 }

/** Encodes the items by an encoder as it is, and by the same with its 8-bit files in place of the others. */
export async function measureEightBits(directory: string, items: readonly Item[]): Promise<EightBits> {
  const place = await mkdtemp(join(tmpdir(), 'sona-int8-'))
  try {
    await inEightBits(directory, place)
    const whole = await measured(directory, items)
    const small = await measured(place, items)
    return {
      items: items.length,
      whole: whole.cost,
      small: small.cost,
      nearestKept: kept(whole.vectors, small.vectors, items.length),
    }
  } finally {
    await rm(place, { recursive: true, force: true })
  }
}

/** A brought text model has no 8-bit file: it stays. */
async function inEightBits(from: string, to: string): Promise<void> {
  const present = new Set(await readdir(from))
  for (const name of present) {
    if (name === files.manifest || name.endsWith('.int8.onnx')) continue
    await copyFile(join(from, present.has(int8(name)) ? int8(name) : name), join(to, name))
  }
  const { name, text, dimensions, features } = await readManifest(from)
  await sealEncoder(to, { name: `${name}-int8`, text, features, ...(dimensions !== undefined && { dimensions }) })
}

async function measured(
  directory: string,
  items: readonly Item[],
): Promise<{ readonly cost: EncoderCost; readonly vectors: Float32Array }> {
  const encoders = await openEncoders(directory, { rememberedTexts: 1 })
  try {
    const vectors = new Float32Array(items.length * (encoders.dimensions ?? encoders.textDimensions))
    const rates: number[] = []
    for (let round = 0; round < ROUNDS; round++) {
      const started = performance.now()
      for (let from = 0; from < items.length; from += AT_A_TIME) {
        const { values, dimensions } = await encoders.encodeItems(items.slice(from, from + AT_A_TIME), PATIENCE)
        vectors.set(values, from * dimensions)
      }
      rates.push((1_000 * items.length) / (performance.now() - started))
    }
    const sizes = await Promise.all([files.text, files.content].map(async (file) => (await stat(join(directory, file))).size))
    const itemsPerSecond = Float64Array.from(rates).sort()[ROUNDS >> 1]!
    return { cost: { itemsPerSecond, bytes: sizes.reduce((sum, size) => sum + size, 0) }, vectors }
  } finally {
    await encoders.close()
  }
}

function kept(exact: Float32Array, rounded: Float32Array, items: number): number {
  const step = Math.max(1, Math.floor(items / ASKED))
  const asked = Array.from({ length: items }, (_, item) => item).filter(
    (item) => item % step === 0 && !Number.isNaN(exact[(item * exact.length) / items]!),
  )
  const shares = asked.map((item) => {
    const right = new Set(nearest(exact, item, items))
    return nearest(rounded, item, items).filter((found) => right.has(found)).length / right.size
  })
  return shares.reduce((sum, share) => sum + share, 0) / Math.max(1, shares.length)
}

function nearest(vectors: Float32Array, to: number, items: number): readonly number[] {
  const width = vectors.length / items
  const cosines = Array.from({ length: items }, (_, item) => {
    let sum = 0
    for (let at = 0; at < width; at++) sum += vectors[item * width + at]! * vectors[to * width + at]!
    return { item, cosine: item === to || Number.isNaN(sum) ? Number.NEGATIVE_INFINITY : sum }
  })
  return cosines
    .sort((a, b) => b.cosine - a.cosine || a.item - b.item)
    .slice(0, NEAREST)
    .map(({ item }) => item)
}
