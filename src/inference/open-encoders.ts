import { LRUCache } from 'lru-cache'
import { SonaError } from '../domain/errors.js'
import type { Encoded, EncodeOptions, EncoderCall, Encoders } from './encoder.js'
import { encoderWorker } from './encoder-worker.js'
import type { RuntimeKind } from './runtime.js'

export interface EncodersOptions {
  /** Threads that one batch is spread over. Default 1; a batch job that has the machine to itself takes as many as there are processors. */
  readonly threads?: number
  /** Most texts of one batch. Default 64. */
  readonly mostRows?: number
  /** Most tokens of one batch, padding included. Default 1,024: larger batches are not faster, and keep others waiting. */
  readonly mostTokens?: number
  /** How long an idle model waits for more to come, so that they are computed together. Default 2. */
  readonly waitMs?: number
  /** Recent texts whose vectors are remembered. Default 2,000. */
  readonly rememberedTexts?: number
  /** Default: the native library, or where it does not load its WebAssembly build. */
  readonly runtime?: RuntimeKind
  /** Told of what went wrong and was lived with, for the log. */
  readonly onProblem?: (what: string, error: unknown) => void
}

/** Vectors of so short calls are remembered; those of a batch job would only drive the others out. */
const MOST_TEXTS_REMEMBERED_AT_ONCE = 16
const LONGEST_TEXT_REMEMBERED = 2_000

/** Loads the encoder in a directory, in a thread of its own; resolves once it is warm. INVALID_ENCODER says what does not fit. */
export async function openEncoders(directory: string, options: EncodersOptions = {}): Promise<Encoders> {
  const { onProblem = () => {} } = options
  const listeners = new Set<(call: EncoderCall) => void>()
  const remembered = new LRUCache<string, RememberedText>({ max: options.rememberedTexts ?? 2_000 })
  const worker = encoderWorker({
    threads: options.threads ?? 1,
    mostRows: options.mostRows ?? 64,
    mostTokens: options.mostTokens ?? 1_024,
    waitMs: options.waitMs ?? 2,
    runtime: options.runtime,
    onProblem,
  })
  let opened = await worker.open(directory).catch(async (error: unknown) => {
    await worker.close()
    throw error
  })
  let swapping: Promise<void> = Promise.resolve()

  async function told(kind: EncoderCall['kind'], count: number, work: () => Promise<Encoded>): Promise<Encoded> {
    const start = performance.now()
    let outcome = 'ok'
    try {
      return await work()
    } catch (error) {
      outcome = error instanceof SonaError ? error.code : 'GIVEN_UP'
      throw error
    } finally {
      const seconds = (performance.now() - start) / 1_000
      for (const listener of listeners) listener({ kind, count, seconds, outcome })
    }
  }

  /** Asks the models for those texts only that are not remembered; all of one version, or all anew. */
  async function encodeTexts(texts: readonly string[], callOptions: EncodeOptions): Promise<Encoded> {
    if (texts.length > MOST_TEXTS_REMEMBERED_AT_ONCE) return await worker.encode('encodeTexts', texts, callOptions)
    const { version, text } = opened.manifest
    const known = texts.map((each) => remembered.get(keyOf(version, each)))
    const asked = texts.filter((_, place) => known[place] === undefined)
    const fresh = asked.length === 0 ? undefined : await worker.encode('encodeTexts', asked, callOptions)
    if (fresh !== undefined && fresh.version !== version) return await worker.encode('encodeTexts', texts, callOptions)

    const values = new Float32Array(texts.length * text.dimensions)
    const cut: number[] = []
    let next = 0
    for (const [place, each] of texts.entries()) {
      const row = known[place] ?? rowOf(fresh as Encoded, next++)
      values.set(row.vector, place * text.dimensions)
      if (row.isCut) cut.push(place)
      if (each.length <= LONGEST_TEXT_REMEMBERED) remembered.set(keyOf(version, each), row)
    }
    return { version, dimensions: text.dimensions, values, cut }
  }

  return {
    get version() {
      return opened.manifest.version
    },
    get dimensions() {
      return opened.manifest.dimensions
    },
    get textDimensions() {
      return opened.manifest.text.dimensions
    },
    encodeTexts: (texts, callOptions = {}) => told('texts', texts.length, () => encodeTexts(texts, callOptions)),
    encodeItems: (items, callOptions = {}) => told('items', items.length, () => worker.encode('encodeItems', items, callOptions)),
    encodeHistories: (histories, callOptions = {}) =>
      told('histories', histories.length, () => worker.encode('encodeHistories', histories, callOptions)),
    swap(next) {
      swapping = swapping
        .catch(() => {}) // whoever asked for the swap before heard of it
        .then(async () => {
          opened = await worker.swap(next)
          remembered.clear()
        })
      return swapping
    },
    health: () => ({ version: opened.manifest.version, runtime: opened.runtime, ...worker.health() }),
    statistics: () => worker.statistics(),
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    close: () => worker.close(),
  }
}

interface RememberedText {
  readonly vector: Float32Array
  readonly isCut: boolean
}

const keyOf = (version: string, text: string): string => `${version}\n${text}`

function rowOf({ values, dimensions, cut }: Encoded, row: number): RememberedText {
  return { vector: values.slice(row * dimensions, (row + 1) * dimensions), isCut: cut.includes(row) }
}
