import { setTimeout as sleep } from 'node:timers/promises'
import { SonaError } from '../domain/errors.js'
import { startThread, type Thread } from '../threads/start.js'
import type { Encoded, EncodeOptions, EncoderStatistics } from './encoder.js'
import type { EncodeMethod, EncoderThreadApi, EncoderThreadInit, Opened } from './encoder-thread.js'

/**
 * The inference thread from outside: deadlines, cancelling, one version taking over from another, and a new thread for one that died.
 * Calls that a dying thread leaves behind fail with ENCODER_UNAVAILABLE: they are not tried again, since one of them may have killed it.
 */
export interface EncoderWorker {
  /** The first version. Later ones come by `swap`. */
  open(directory: string): Promise<Opened>
  swap(directory: string): Promise<Opened>
  encode(method: EncodeMethod, inputs: readonly unknown[], options: EncodeOptions): Promise<Encoded>
  health(): { readonly isAvailable: boolean; readonly restarts: number }
  statistics(): Promise<EncoderStatistics>
  close(): Promise<void>
}

export interface EncoderWorkerOptions extends EncoderThreadInit {
  readonly onProblem: (what: string, error: unknown) => void
  /** Default: encoder-thread.ts. */
  readonly entry?: URL
}

const ownEntry = new URL('./encoder-thread.js', import.meta.url)

const DEFAULT_DEADLINE_MS = 10_000
const LONGEST_PAUSE_MS = 30_000
/** What a call makes is gone when it ends; more room would only be filled. */
const YOUNG_GENERATION_MB = 12

export function encoderWorker({ onProblem, entry = ownEntry, ...init }: EncoderWorkerOptions): EncoderWorker {
  let thread = start()
  let current: { readonly slot: number; readonly directory: string } | undefined
  let nextSlot = 0
  let nextCall = 0
  let restarts = 0
  let isAvailable = false
  let isRestarting = false
  let isClosing = false

  function start(): Thread<EncoderThreadApi> {
    const started = startThread<EncoderThreadApi>(entry, init, { youngGenerationMb: YOUNG_GENERATION_MB })
    started.ended.then((error) => {
      if (!isClosing && !isRestarting && started === thread) void restart(error)
    })
    return started
  }

  /** Again and again, after longer and longer pauses, until the version in use is loaded. */
  async function restart(cause: unknown): Promise<void> {
    isAvailable = false
    isRestarting = true
    onProblem('The inference thread died and is being started again.', cause)
    for (let pauseMs = 0; !isClosing; pauseMs = Math.min(LONGEST_PAUSE_MS, pauseMs * 2 + 500)) {
      if (pauseMs > 0) await sleep(pauseMs, undefined, { ref: false })
      if (isClosing || current === undefined) return
      restarts++
      thread = start()
      try {
        await openIn(current.directory)
        isRestarting = false
        return
      } catch (error) {
        onProblem('The encoder could not be loaded again.', error)
        await thread.terminate()
      }
    }
  }

  async function openIn(directory: string): Promise<Opened> {
    const slot = nextSlot++
    const opened = await thread.api.open(slot, directory)
    current = { slot, directory }
    isAvailable = true
    return opened
  }

  async function call(
    { deadlineMs = DEFAULT_DEADLINE_MS, signal }: EncodeOptions,
    ask: (slot: number, callNo: number, deadlineMs: number) => Promise<Encoded>,
  ): Promise<Encoded> {
    signal?.throwIfAborted()
    if (isClosing) throw new SonaError('SHUTTING_DOWN', 'The encoder is being closed.')
    if (current === undefined || !isAvailable) {
      throw new SonaError('ENCODER_UNAVAILABLE', 'The inference thread is being started again. Ask again in some seconds.')
    }
    const callNo = nextCall++
    const { api } = thread
    const given = givenUp(deadlineMs, signal)
    try {
      return await Promise.race([ask(current.slot, callNo, deadlineMs).catch(reworded), given.promise])
    } finally {
      given.clear()
      if (given.isOver) api.cancel(callNo).catch(() => {}) // a thread that died has nothing to cancel
    }
  }

  /** What a thread's death means to whoever waited for vectors. */
  function reworded(error: unknown): never {
    if (!(error instanceof SonaError && error.code === 'THREAD_DIED')) throw error
    if (isClosing) throw new SonaError('SHUTTING_DOWN', 'The encoder is being closed.')
    throw new SonaError('ENCODER_UNAVAILABLE', 'The inference thread died while it worked on this; it is being started again.', {
      cause: error,
    })
  }

  return {
    open: openIn,
    async swap(directory) {
      const before = current
      const used = thread
      const opened = await openIn(directory).catch(reworded)
      // Calls in flight still hold the old version; it is freed when they end, and nobody waits for that.
      if (before !== undefined && used === thread) {
        used.api.close(before.slot).catch((error: unknown) => onProblem('An old encoder could not be freed.', error))
      }
      return opened
    },
    encode: (method, inputs, options) =>
      call(options, (slot, callNo, deadlineMs) => thread.api.encode(method, slot, callNo, deadlineMs, inputs)),
    health: () => ({ isAvailable, restarts }),
    statistics: () => thread.api.statistics(),
    async close() {
      isClosing = true
      await thread.api.shutDown().catch(() => {}) // it died, and has nothing left to end
      await thread.terminate()
    },
  }
}

/** Rejects when the time is over or the caller gives up, whichever comes first. */
function givenUp(
  deadlineMs: number,
  signal: AbortSignal | undefined,
): { readonly promise: Promise<never>; readonly isOver: boolean; clear(): void } {
  let isOver = false
  let clear = (): void => {}
  const promise = new Promise<never>((_, reject) => {
    const end = (error: unknown): void => {
      isOver = true
      reject(error)
    }
    const onAbort = (): void => end(signal?.reason)
    const timer = setTimeout(
      () =>
        end(
          new SonaError(
            'ENCODER_TIMEOUT',
            `The encoder did not answer within ${deadlineMs} ms. Send less at once, or ask again.`,
          ),
        ),
      deadlineMs,
    )
    signal?.addEventListener('abort', onAbort, { once: true })
    clear = () => {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    }
  })
  promise.catch(() => {}) // heard of through the race, or not at all
  return {
    promise,
    get isOver() {
      return isOver
    },
    clear: () => clear(),
  }
}
