import { SonaError } from '../domain/errors.js'
import type { NumberedItem } from '../features/catalogue.js'
import type { Encoders } from '../inference/encoder.js'
import type { EmbeddingStore } from '../storage/store.js'
import { type EncodedItem, encodeItems, storeEncoded } from './item-encoding.js'

/** Keeps vectors up with items as they are written: encoded behind the write, some at a time, stored, and shown. */
export interface ChangeEncoder {
  /** Items that were created or changed. Returns at once. */
  changed(items: readonly NumberedItem[]): void
  /** Items that wait. */
  readonly waiting: number
  /** Resolves when nothing waits any more, or nothing can be done about it now. */
  idle(): Promise<void>
  close(): void
}

export interface ChangeEncoderParts {
  readonly embeddings: EmbeddingStore
  /** As they are now; undefined while there are none. */
  readonly encoders: () => Encoders | undefined
  /** Called with the vectors of items, once they are stored. */
  readonly onEncoded: (version: string, encoded: readonly EncodedItem[]) => void
  readonly onProblem: (what: string, error: unknown) => void
}

/** So many at once: few enough that a query in between waits for milliseconds. */
const AT_ONCE = 32
/** Beyond it the newest are left to `sona encoders run`, which finds them by their content. */
const MOST_WAITING = 50_000
const RETRY_MS = 1_000

/**
 * Vectors are made by the version in use alone: while the encoders are another one, `sona encoders run` has yet to come, and will find
 * these items too.
 */
export function encodeChanges({ embeddings, encoders, onEncoded, onProblem }: ChangeEncoderParts): ChangeEncoder {
  const waiting = new Map<number, NumberedItem>()
  let working: Promise<void> | undefined
  let retry: NodeJS.Timeout | undefined
  let isClosed = false

  async function work(): Promise<void> {
    while (waiting.size > 0 && !isClosed) {
      const current = encoders()
      const version = (await embeddings.current())?.version
      if (current === undefined || version === undefined || current.version !== version) return waiting.clear()
      const some = [...waiting.values()].slice(0, AT_ONCE)
      const { version: encodedBy, encoded } = await encodeItems(current, some)
      if (encodedBy !== version) continue // swapped meanwhile: look again
      await storeEncoded(embeddings, version, encoded)
      onEncoded(version, encoded)
      // What was written again meanwhile stays.
      for (const item of some) if (waiting.get(item.itemNo) === item) waiting.delete(item.itemNo)
    }
  }

  function start(): void {
    if (working !== undefined || retry !== undefined || isClosed) return
    working = work()
      .catch((error: unknown) => {
        if (isClosed) return
        if (!(error instanceof SonaError)) waiting.clear() // our fault: trying again would not help
        onProblem(`${waiting.size} changed items have no vectors yet.`, error)
        retry = setTimeout(() => {
          retry = undefined
          if (waiting.size > 0) start()
        }, RETRY_MS).unref()
      })
      .finally(() => {
        working = undefined
        if (waiting.size > 0) start() // came between the last look and now
      })
  }

  return {
    changed(items) {
      for (const item of items) if (waiting.size < MOST_WAITING || waiting.has(item.itemNo)) waiting.set(item.itemNo, item)
      start()
    },
    get waiting() {
      return waiting.size
    },
    async idle() {
      while (working !== undefined) await working
    },
    close() {
      isClosed = true
      clearTimeout(retry)
    },
  }
}
