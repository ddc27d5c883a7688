import { assert, SonaError } from '../domain/errors.js'
import type { Moved } from '../threads/messages.js'
import { moved, serveThread } from '../threads/serve.js'
import type { Encoded, EncoderStatistics } from './encoder.js'
import { type LoadedEncoder, type LoadOptions, loadEncoder } from './loaded-encoder.js'
import type { EncoderManifest } from './manifest.js'
import { loadRuntime, type Runtime, type RuntimeKind } from './runtime.js'

/** The one thread that ONNX Runtime lives in. Several versions of the models may be open while one takes over from another. */
export interface EncoderThreadInit extends LoadOptions {
  readonly runtime: RuntimeKind | undefined
}

export interface Opened {
  readonly manifest: EncoderManifest
  readonly runtime: RuntimeKind
  /** Why the native library was not taken. */
  readonly nativeProblem: string | undefined
}

export type EncodeMethod = 'encodeTexts' | 'encodeItems' | 'encodeHistories'

export type EncoderThreadApi = ReturnType<typeof encoderThreadApi>

interface Slot {
  readonly loaded: Promise<LoadedEncoder>
  calls: number
  /** Set once it is to be freed; called when the last call has ended. */
  onIdle?: () => void
}

function encoderThreadApi(init: EncoderThreadInit) {
  let runtime: Promise<Runtime> | undefined
  let nativeProblem: string | undefined
  const slots = new Map<number, Slot>()
  const calls = new Map<number, AbortController>()
  const statistics = { batches: 0, rows: 0, cells: 0, usefulCells: 0, seconds: 0 }

  async function load(directory: string): Promise<LoadedEncoder> {
    runtime ??= loadRuntime(init.runtime, (error) => {
      nativeProblem = error instanceof Error ? error.message : String(error)
    })
    return await loadEncoder(await runtime, directory, init, (batch) => {
      statistics.batches++
      statistics.rows += batch.rows
      statistics.cells += batch.cells
      statistics.usefulCells += batch.usefulCells
      statistics.seconds += batch.seconds
    })
  }

  async function call(
    slotNo: number,
    callNo: number,
    deadlineMs: number,
    work: (encoder: LoadedEncoder, signal: AbortSignal) => Promise<Encoded>,
  ): Promise<Moved<Encoded>> {
    const slot = slots.get(slotNo)
    assert(slot !== undefined, `the encoder's slot ${slotNo} is open`)
    const controller = new AbortController()
    const late = setTimeout(() => controller.abort(new SonaError('ENCODER_TIMEOUT', 'The call took too long.')), deadlineMs)
    calls.set(callNo, controller)
    slot.calls++
    try {
      const encoded = await work(await slot.loaded, controller.signal)
      return moved(encoded, [encoded.values.buffer as ArrayBuffer])
    } finally {
      clearTimeout(late)
      calls.delete(callNo)
      if (--slot.calls === 0) slot.onIdle?.()
    }
  }

  /** Resolves once the calls that use it have ended and its models are freed. */
  async function close(slotNo: number): Promise<void> {
    const slot = slots.get(slotNo)
    assert(slot !== undefined, `the encoder's slot ${slotNo} is open`)
    slots.delete(slotNo)
    if (slot.calls > 0) {
      await new Promise<void>((resolve) => {
        slot.onIdle = resolve
      })
    }
    await (await slot.loaded).release()
  }

  return {
    async open(slotNo: number, directory: string): Promise<Opened> {
      const loaded = load(directory)
      slots.set(slotNo, { loaded, calls: 0 })
      const { manifest } = await loaded.catch((error: unknown) => {
        slots.delete(slotNo)
        throw error
      })
      return { manifest, runtime: (await (runtime as Promise<Runtime>)).kind, nativeProblem }
    },
    close,
    encode: (
      method: EncodeMethod,
      slotNo: number,
      callNo: number,
      deadlineMs: number,
      inputs: readonly unknown[],
    ): Promise<Moved<Encoded>> => call(slotNo, callNo, deadlineMs, (encoder, signal) => encoder[method](inputs as never, signal)),
    /** Ends all calls and frees everything. ONNX Runtime ends the process when its thread is stopped while it computes: call this first. */
    async shutDown(): Promise<void> {
      for (const controller of calls.values()) controller.abort(new SonaError('SHUTTING_DOWN', 'The encoder is being closed.'))
      await Promise.allSettled([...slots.keys()].map(close))
    },
    cancel(callNo: number): void {
      calls.get(callNo)?.abort(new Error('The call was given up.'))
    },
    statistics: (): EncoderStatistics => statistics,
  }
}

serveThread(encoderThreadApi)
