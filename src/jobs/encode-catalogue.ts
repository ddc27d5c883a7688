import { SonaError } from '../domain/errors.js'
import { contentHash, type EncodedItem, encodeItems, storeEncoded, textVersionOf } from '../engine/item-encoding.js'
import type { Encoders } from '../inference/encoder.js'
import type { Store, StoredItem } from '../storage/store.js'

export interface EncodeCatalogueOptions {
  /** `changed`: items whose content is what it was keep their vectors. Default `changed`. */
  readonly which?: 'changed' | 'all'
  /** Items encoded and stored together. Default 128. */
  readonly batch?: number
  /** Asked between batches: what was stored stays, and another run goes on from there. */
  readonly signal?: AbortSignal
  /** Told of vectors once they are stored. */
  readonly onEncoded?: (version: string, encoded: readonly EncodedItem[]) => void
  readonly onProgress?: (progress: { readonly done: number; readonly total: number; readonly encoded: number }) => void
}

export interface EncodeCatalogueReport {
  readonly version: string
  /** Items looked at. */
  readonly items: number
  readonly encoded: number
  readonly unchanged: number
  /** Items of which the encoder can tell nothing. */
  readonly withoutVector: number
  readonly seconds: number
  /** Stopped before the end: the version was not put in use. */
  readonly interrupted: boolean
}

const DEFAULT_BATCH = 128
/** A batch that shares its processor with others takes long; one that takes this long never ends. */
const LONGEST_BATCH_MS = 600_000
/** Of each encoder the vectors of items and those of texts; the last encoder's stay beside the current one's. */
const KEPT_VERSIONS = 3

/**
 * Makes the vectors of the whole catalogue, and then puts them in use, all at once. While one batch is stored the next is encoded;
 * more than these two are never held. Who stops it and runs it again loses no more than these.
 */
export async function encodeCatalogue(
  store: Store,
  encoders: Encoders,
  options: EncodeCatalogueOptions = {},
): Promise<EncodeCatalogueReport> {
  const started = performance.now()
  const { batch = DEFAULT_BATCH, onProgress = () => {}, onEncoded = () => {} } = options
  const { version } = encoders
  const { items: total } = await store.counts()
  const tally = { items: 0, encoded: 0, unchanged: 0, withoutVector: 0 }
  let storing: Promise<void> = Promise.resolve()

  async function keep(encoded: readonly EncodedItem[]): Promise<void> {
    await storeEncoded(store.embeddings, version, encoded)
    onEncoded(version, encoded)
    tally.encoded += encoded.filter(({ vector }) => vector !== undefined).length
    tally.withoutVector += encoded.filter(({ vector }) => vector === undefined).length
  }

  try {
    for await (const some of store.items.all(batch)) {
      if (options.signal?.aborted) break
      const wanted = options.which === 'all' ? some : await changed(store, encoders, some)
      const made = wanted.length === 0 ? undefined : await encodeItems(encoders, wanted, { deadlineMs: LONGEST_BATCH_MS })
      if (made !== undefined && made.version !== version) {
        throw new SonaError(
          'ENCODER_UNAVAILABLE',
          `The encoder became ${made.version} while ${version} was at work. Run it again.`,
        )
      }
      await storing
      if (made !== undefined) storing = keep(made.encoded)
      storing.catch(() => undefined) // its failure is met by the next wait
      tally.items += some.length
      tally.unchanged += some.length - wanted.length
      onProgress({ done: tally.items, total, encoded: tally.encoded })
    }
  } finally {
    await storing
  }
  const interrupted = options.signal?.aborted ?? false
  const isInUse = (await store.embeddings.current())?.version === version
  const hasChanged = tally.encoded > 0 || !isInUse // else servers would read again what they have
  if (!interrupted && hasChanged) {
    await store.embeddings.use(version, { keep: KEPT_VERSIONS, beside: [textVersionOf(version)] })
  }
  return { version, ...tally, seconds: (performance.now() - started) / 1000, interrupted }
}

async function changed(store: Store, { version }: Encoders, items: readonly StoredItem[]): Promise<readonly StoredItem[]> {
  const itemNos = Int32Array.from(items, ({ itemNo }) => itemNo)
  const hashes = await store.embeddings.contentHashes(version, itemNos)
  const texts = await store.embeddings.contentHashes(textVersionOf(version), itemNos)
  const isSame = ({ itemNo, item }: StoredItem): boolean => {
    const [known, text] = [hashes.get(itemNo), texts.get(itemNo)]
    // An item without any words has no vector of its text, and may well have one of itself.
    return (
      known !== undefined &&
      Buffer.compare(known, contentHash(item)) === 0 &&
      (text === undefined || Buffer.compare(text, known) === 0)
    )
  }
  return items.filter((item) => !isSame(item))
}
