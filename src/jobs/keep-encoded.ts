import { SonaError } from '../domain/errors.js'
import type { Encoders } from '../inference/encoder.js'
import type { Store } from '../storage/store.js'
import { encodeCatalogue } from './encode-catalogue.js'

/**
 * Makes the vectors that are missing behind a process that serves: of what was imported before an encoder was there, and of everything when
 * another is chosen. For the embedded database, which no other process can open; on a server `sona encoders run` does it.
 */
export interface CatalogueKeeper {
  /** Begins where the encoder in use has not read the catalogue, and nothing is under way. Returns at once. */
  look(): void
  /** Resolves when nothing is under way. */
  idle(): Promise<void>
  /** Stops after the batch in hand; what was stored stays. */
  close(): Promise<void>
}

export interface CatalogueKeeperParts {
  readonly store: Store
  /** As they are now; undefined while there are none. */
  readonly encoders: () => Encoders | undefined
  readonly onProblem: (what: string, error: unknown) => void
}

/** Few at a time: whoever asks meanwhile waits for some milliseconds, and the serving thread is held up for less. */
const BATCH = 32

export function keepEncoded({ store, encoders, onProblem }: CatalogueKeeperParts): CatalogueKeeper {
  const stop = new AbortController()
  let working: Promise<void> | undefined
  let whole: string | undefined // the version that has read everything, as far as is known here

  /** Again until nothing was left: what was written behind the first pass is found by the second. */
  async function work(current: Encoders): Promise<void> {
    const { version } = current
    for (;;) {
      const { encoded, interrupted } = await encodeCatalogue(store, current, { batch: BATCH, signal: stop.signal })
      if (interrupted) return
      if (encoded === 0) break
    }
    whole = version
  }

  return {
    look() {
      const current = encoders()
      if (working !== undefined || current === undefined || current.version === whole || stop.signal.aborted) return
      working = work(current)
        .catch((error: unknown) => {
          if (!(error instanceof SonaError)) whole = current.version // our fault: trying again would not help
          if (!stop.signal.aborted) onProblem('The vectors of the catalogue are not complete yet.', error)
        })
        .finally(() => {
          working = undefined
        })
    },
    async idle() {
      await working
    },
    async close() {
      stop.abort()
      await working
    },
  }
}
