import type { Item } from '../domain/item.js'
import { createRandom, type Random } from '../domain/random.js'
import { contentEncoderDefaults, encodeContent, fitContentEncoder } from '../encoders/content-encoder.js'
import { contentRowsOf } from '../encoders/content-rows.js'
import { textOf } from '../encoders/described.js'
import { createTextEncoder, fitTextTower, type TextTower, textTowerDefaults } from '../encoders/text-tower.js'
import type { NumberedItem } from '../features/catalogue.js'
import type { ItemVectors } from '../features/item-vectors.js'
import type { EncoderManifest } from '../inference/manifest.js'
import { openEncoders } from '../inference/open-encoders.js'
import { encoderDirectory, placeEncoder } from '../inference/shelf.js'
import { writeEncoder } from '../inference/write-encoder.js'
import { createKernels, type Kernels } from '../math/kernels.js'
import { createArena } from '../math/memory.js'
import { chooseUserEncoder, type UserEncoderChoice } from './choose-user-encoder.js'
import type { Corpus } from './corpus.js'
import { type EightBits, measureEightBits } from './eight-bits.js'
import { textVectorsBy } from './text-vectors.js'

export interface TrainEncodersOptions {
  readonly seed?: number
  /** What the encoder is called. Default: `catalogue`, or the tower's own name. */
  readonly name?: string
  /** The version of an encoder on the shelf whose text tower is used. Default: a tower is fitted on the catalogue's texts. */
  readonly tower?: string
  readonly memoryBudgetBytes?: number
  readonly onProgress?: (stage: string, done: number) => void
}

/** What was made, in numbers. */
export interface TrainedEncoders {
  readonly manifest: EncoderManifest
  readonly report: EncodersReport
}

export interface EncodersReport {
  readonly items: number
  /** Items with a text that the tower knows, and with any vector at all. */
  readonly withText: number
  readonly withVector: number
  readonly users: number
  readonly events: number
  /** Words and parts of words; absent where the tower was brought. */
  readonly vocabulary?: { readonly words: number; readonly parts: number }
  readonly user: UserEncoderChoice
  /** What 8 bits save and lose, of some of the items. */
  readonly eightBits: EightBits
  readonly seconds: Readonly<Record<'text' | 'content' | 'user', number>>
}

const MEMORY_BUDGET = 2 ** 31

/** Fits the three encoders on a corpus and puts them on the shelf. Same corpus, tower and seed, same files. */
export async function trainEncoders(home: string, corpus: Corpus, options: TrainEncodersOptions = {}): Promise<TrainedEncoders> {
  const { seed = 1, tower: brought, onProgress = () => {} } = options
  const { items, catalogue, dataset } = corpus
  const kernels = createKernels(createArena(options.memoryBudgetBytes ?? MEMORY_BUDGET))
  const randomFor = (part: string): Random => createRandom(`${seed}/${part}`)
  const clock = stopwatch()

  const { vectors, tower } =
    brought === undefined
      ? fitText(items, kernels, randomFor('text-tower'), (done) => onProgress('Reading texts', done))
      : { vectors: await textVectorsBy(home, brought, items, (done) => onProgress('Reading texts', done)), tower: undefined }
  const textSeconds = clock()

  const rows = contentRowsOf(dataset, catalogue, vectors, kernels)
  const checkpoint = (done: number): void => onProgress('Items', done)
  const content = fitContentEncoder(dataset, rows, contentEncoderDefaults, { kernels, random: randomFor('content'), checkpoint })
  const { dimensions } = content
  const itemVectors = kernels.arena.f32(dataset.itemCount * dimensions)
  for (let item = 0; item < dataset.itemCount; item++) {
    encodeContent(content, rows, item, itemVectors.subarray(item * dimensions, (item + 1) * dimensions), kernels)
  }
  const contentSeconds = clock()

  const user = chooseUserEncoder(dataset, itemVectors, dimensions, randomFor('user'), (done) => onProgress('Users', done))
  const userSeconds = clock()

  const fitted = { text: tower ?? { version: brought ?? '' }, content, user: user.encoder, standing: rows.standing }
  const name = options.name ?? (brought === undefined ? 'catalogue' : `${brought}-items`)
  const manifest = await placeEncoder(home, (directory) => writeEncoder(home, directory, name, fitted), tryOut)
  onProgress('8 bits', 0)
  const eightBits = await measureEightBits(
    encoderDirectory(home, manifest.version),
    someOf(items, brought === undefined ? MEASURED : MEASURED_BROUGHT),
  )
  const report: EncodersReport = {
    items: items.length,
    withText: countRows(vectors.values, vectors.dimensions),
    withVector: countRows(itemVectors, dimensions),
    users: dataset.userCount,
    events: dataset.items.length,
    ...(tower && { vocabulary: { words: tower.vocabulary.words.length, parts: tower.vocabulary.parts.length } }),
    user: user.choice,
    eightBits,
    seconds: { text: textSeconds, content: contentSeconds, user: userSeconds },
  }
  return { manifest, report }
}

/** A tower fitted on the items' texts, and their vectors by it. */
function fitText(
  items: readonly NumberedItem[],
  kernels: Kernels,
  random: Random,
  checkpoint: (done: number) => void,
): { readonly vectors: ItemVectors; readonly tower: TextTower } {
  const texts = items.map(({ item }) => textOf(item))
  const tower = fitTextTower(texts, textTowerDefaults, { kernels, random, checkpoint })
  const encode = createTextEncoder(tower)
  const { dimensions } = tower
  const values = new Float32Array(items.length * dimensions)
  texts.forEach((text, row) => {
    encode(text, values.subarray(row * dimensions, (row + 1) * dimensions))
  })
  return { vectors: { version: 'catalogue', dimensions, itemNos: numbersOf(items), values }, tower }
}

/** Items that are encoded to see what 8 bits cost: of a brought model, which may take a second for twenty, fewer. */
const MEASURED = 2_000
const MEASURED_BROUGHT = 200

/** From all over the catalogue. */
function someOf(items: readonly NumberedItem[], most: number): readonly Item[] {
  const step = Math.max(1, Math.floor(items.length / most))
  return items.filter((_, at) => at % step === 0).map(({ item }) => item)
}

function numbersOf(items: readonly NumberedItem[]): Int32Array {
  return Int32Array.from(items, ({ itemNo }) => itemNo)
}

function countRows(values: Float32Array, dimensions: number): number {
  let count = 0
  for (let from = 0; from < values.length; from += dimensions) if (!Number.isNaN(values[from])) count++
  return count
}

/** Loads what was written, as serving would; an encoder that does not load is not kept. */
async function tryOut(directory: string): Promise<void> {
  const encoders = await openEncoders(directory)
  await encoders.close()
}

function stopwatch(): () => number {
  let last = performance.now()
  return () => {
    const seconds = (performance.now() - last) / 1000
    last = performance.now()
    return seconds
  }
}
