import { SonaError } from '../domain/errors.js'
import type { Item } from '../domain/item.js'
import { type Batch, createBatcher } from './batcher.js'
import { openBertTextModel } from './bert/text-model.js'
import { openCatalogueTextModel } from './catalogue-text-model.js'
import { type ContentModel, openContentModel } from './content-model.js'
import type { Encoded, HistoryToEncode } from './encoder.js'
import { type ItemReader, readItemReader } from './item-reader.js'
import { checkFiles, type EncoderManifest, readManifest } from './manifest.js'
import type { Runtime } from './runtime.js'
import { type TextModel, tryOut } from './text-model.js'
import { MOST_HISTORY, openUserModel, readable, type UserModel } from './user-model.js'

/** One version of the models, loaded, tried out and warm. Lives in the inference thread. */
export interface LoadedEncoder {
  readonly manifest: EncoderManifest
  encodeTexts(texts: readonly string[], signal: AbortSignal): Promise<Encoded>
  encodeItems(items: readonly Item[], signal: AbortSignal): Promise<Encoded>
  encodeHistories(histories: readonly HistoryToEncode[], signal: AbortSignal): Promise<Encoded>
  /** Frees the models; calls must have ended. */
  release(): Promise<void>
}

export interface LoadOptions {
  /** Threads that one product is spread over. */
  readonly threads: number
  /** Most rows of one batch. */
  readonly mostRows: number
  /** Most tokens of one batch, padding included. */
  readonly mostTokens: number
  /** How long an idle model waits for more to come. */
  readonly waitMs: number
}

export async function loadEncoder(
  runtime: Runtime,
  directory: string,
  options: LoadOptions,
  onBatch: (batch: Batch) => void,
): Promise<LoadedEncoder> {
  const manifest = await readManifest(directory)
  await checkFiles(directory, manifest)
  const opened: { release(): Promise<void> }[] = []
  const keep = <M extends { release(): Promise<void> }>(model: M): M => {
    opened.push(model)
    return model
  }
  const release = async (): Promise<void> => {
    for (const model of opened.splice(0)) await model.release()
  }
  try {
    const text = keep(await openTextModel(runtime, directory, manifest, options.threads))
    await tryOut(text, directory)
    const encodeTexts = textEncoder(text, manifest, options, onBatch)
    const { dimensions } = manifest
    if (dimensions === undefined) {
      const missing = (): Promise<never> => Promise.reject(textAlone(manifest))
      return { manifest, encodeTexts, encodeItems: missing, encodeHistories: missing, release }
    }
    const content = keep(await openContentModel(runtime, directory, manifest, dimensions, options.threads))
    const user = keep(await openUserModel(runtime, directory, dimensions, options.threads))
    return {
      manifest,
      encodeTexts,
      encodeItems: itemEncoder(content, await readItemReader(directory, manifest), encodeTexts, manifest, dimensions, options),
      encodeHistories: historyEncoder(user, manifest, dimensions, options),
      release,
    }
  } catch (error) {
    await release()
    throw error
  }
}

function openTextModel(runtime: Runtime, directory: string, manifest: EncoderManifest, threads: number): Promise<TextModel> {
  const open = manifest.text.kind === 'bert' ? openBertTextModel : openCatalogueTextModel
  return open(runtime, directory, manifest, threads) as Promise<TextModel>
}

function textEncoder(
  model: TextModel,
  { version }: EncoderManifest,
  { mostRows, mostTokens, waitMs }: LoadOptions,
  onBatch: (batch: Batch) => void,
): LoadedEncoder['encodeTexts'] {
  const { dimensions, lengthOf, run } = model
  const name = `text model of ${version}`
  const batcher = createBatcher({ name, dimensions, lengthOf, run, mostRows, mostCells: mostTokens, waitMs, onBatch })
  return async (texts, signal) => {
    const cut: number[] = []
    const prepare = (place: number): unknown => {
      const tokenised = model.tokenise(texts[place]!)
      if (tokenised?.isCut === true) cut.push(place)
      return tokenised?.tokens
    }
    return { version, dimensions, values: await batcher.encode(texts.length, prepare, signal), cut }
  }
}

function itemEncoder(
  model: ContentModel,
  reader: ItemReader,
  encodeTexts: LoadedEncoder['encodeTexts'],
  { version }: EncoderManifest,
  dimensions: number,
  { mostRows, waitMs }: LoadOptions,
): LoadedEncoder['encodeItems'] {
  const batcher = createBatcher({
    name: `content model of ${version}`,
    dimensions,
    lengthOf: ({ features }) => features.length,
    run: model.run,
    mostRows,
    mostCells: Number.POSITIVE_INFINITY,
    waitMs,
  })
  return async (items, signal) => {
    const { values: texts, dimensions: width, cut } = await encodeTexts(items.map(reader.textOf), signal)
    const prepare = (place: number) => {
      const text = texts.subarray(place * width, (place + 1) * width)
      const { features, weights } = reader.featuresOf(items[place]!)
      const hasText = Number.isFinite(text[0])
      return hasText || features.length > 0 ? { text: hasText ? text : undefined, features, weights } : undefined
    }
    return { version, dimensions, values: await batcher.encode(items.length, prepare, signal), cut }
  }
}

function historyEncoder(
  model: UserModel,
  { version }: EncoderManifest,
  dimensions: number,
  { mostRows, waitMs }: LoadOptions,
): LoadedEncoder['encodeHistories'] {
  const batcher = createBatcher({
    name: `user model of ${version}`,
    dimensions,
    lengthOf: ({ agesDays }: HistoryToEncode) => agesDays.length,
    run: model.run,
    mostRows,
    mostCells: mostRows * MOST_HISTORY,
    waitMs,
  })
  return async (histories, signal) => {
    const cut = [...histories.keys()].filter((place) => histories[place]!.agesDays.length > MOST_HISTORY)
    const values = await batcher.encode(histories.length, (place) => readable(histories[place]!, dimensions), signal)
    return { version, dimensions, values, cut }
  }
}

function textAlone({ version }: EncoderManifest): SonaError {
  return new SonaError(
    'ENCODER_UNAVAILABLE',
    `The encoder ${version} has a text model alone. \`sona encoders train --tower ${version}\` makes the models of items and users that go with it.`,
  )
}
