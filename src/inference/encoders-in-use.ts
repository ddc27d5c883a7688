import { SonaError } from '../domain/errors.js'
import type { EncoderCall, Encoders } from './encoder.js'
import { type EncodersOptions, openEncoders } from './open-encoders.js'
import { currentEncoder, encoderDirectory } from './shelf.js'

/** The encoder that a running Sona answers with: none yet, or the one that was chosen last. */
export interface EncodersInUse {
  /** Undefined while there is none that can be used. */
  readonly current: Encoders | undefined
  /** The code of what keeps the chosen one from being used; undefined when nothing does, and when none was chosen. */
  readonly problem: string | undefined
  /** Looks whether another one was chosen since, and takes it over. What goes wrong is told to `onProblem`. */
  refresh(): Promise<void>
  /** As `Encoders.listen`, across encoders. */
  listen(listener: (call: EncoderCall) => void): () => void
  close(): Promise<void>
}

/** The encoder that `<home>/encoders/current` names, or one directory for good. */
export type EncoderPlace = { readonly home: string } | { readonly directory: string }

/** Opens the chosen encoder, if there is one. One that cannot be used is a problem to be told of, and no reason not to start. */
export async function encodersInUse(place: EncoderPlace, options: EncodersOptions = {}): Promise<EncodersInUse> {
  const { onProblem = () => {} } = options
  const listeners = new Set<(call: EncoderCall) => void>()
  let current: Encoders | undefined
  let taken: string | undefined
  let failed: string | undefined
  let problem: string | undefined
  let refreshing: Promise<void> | undefined

  async function chosen(): Promise<string | undefined> {
    if ('directory' in place) return place.directory
    const version = await currentEncoder(place.home)
    return version === undefined ? undefined : encoderDirectory(place.home, version)
  }

  async function take(directory: string): Promise<void> {
    if (current !== undefined) return await current.swap(directory)
    const opened = await openEncoders(directory, options)
    opened.listen((call) => {
      for (const listener of listeners) listener(call)
    })
    current = opened
  }

  async function look(): Promise<void> {
    try {
      const directory = await chosen()
      if (directory === undefined || directory === failed) return
      failed = directory // until it is taken: one that cannot be used is tried once, not every few seconds
      if (directory !== taken) await take(directory)
      taken = directory
      failed = undefined
      problem = undefined
    } catch (error) {
      problem = error instanceof SonaError ? error.code : 'unreadable'
      onProblem('The encoder that was chosen cannot be used.', error)
    }
  }

  await look()
  return {
    get current() {
      return current
    },
    get problem() {
      return problem
    },
    refresh() {
      refreshing ??= look().finally(() => {
        refreshing = undefined
      })
      return refreshing
    },
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    async close() {
      await refreshing
      await current?.close()
    },
  }
}
