import type { Item } from '../domain/item.js'

/**
 * The port to the encoders: what turns texts, items and histories into vectors. One set of three models at a time, all of one
 * version; vectors of different versions are never compared.
 */
export interface Encoders {
  /** Of the models in use now. A call that began before a swap is answered, whole, by the models that it began with. */
  readonly version: string
  /** Numbers per item vector and per user vector. Undefined where there is a text model alone. */
  readonly dimensions: number | undefined
  /** Numbers per text vector: the text tower's own width. */
  readonly textDimensions: number
  /** Any number of texts, of any length; what is beyond the model's limit is cut off, and `cut` says so. */
  encodeTexts(texts: readonly string[], options?: EncodeOptions): Promise<Encoded>
  /** Text and structured features of each item. Any part may be missing. */
  encodeItems(items: readonly Item[], options?: EncodeOptions): Promise<Encoded>
  /** The vector of somebody's taste: one history each. */
  encodeHistories(histories: readonly HistoryToEncode[], options?: EncodeOptions): Promise<Encoded>
  /** Loads and warms up the models of another directory beside these, then answers with them; the old ones are freed when idle. */
  swap(directory: string): Promise<void>
  health(): EncoderHealth
  statistics(): Promise<EncoderStatistics>
  /** Told of every call when it has ended, however it ended. Returns how to stop listening. */
  listen(listener: (call: EncoderCall) => void): () => void
  /** Calls in flight fail with SHUTTING_DOWN. */
  close(): Promise<void>
}

export interface EncodeOptions {
  /** After so long the call fails with ENCODER_TIMEOUT; work that has not begun by then never begins. Default 10,000. */
  readonly deadlineMs?: number
  /** Aborted: the call fails with the signal's reason, and work that has not begun never begins. */
  readonly signal?: AbortSignal
}

export interface Encoded {
  /** Of the models that made these vectors. */
  readonly version: string
  readonly dimensions: number
  /** One row per text, item or history, row-major, unit length. A row of which the models cannot tell anything is NaN throughout. */
  readonly values: Float32Array
  /** Places (0-based) of what was longer than the model reads, and was cut at its limit. */
  readonly cut: readonly number[]
}

/** What one user did last, newest last. The arrays have one row, or number, per item. */
export interface HistoryToEncode {
  /** length × dimensions, row-major: the item vectors of the same version. */
  readonly items: Float32Array
  /** 0–1, as features/engagement.ts weighs events. */
  readonly engagements: Float32Array
  readonly agesDays: Float32Array
}

export interface EncoderHealth {
  readonly version: string
  /** False while a thread that died is being replaced; calls then fail with ENCODER_UNAVAILABLE. */
  readonly isAvailable: boolean
  /** 'native': ONNX Runtime itself. 'wasm': its WebAssembly build, slower, where the native one does not load. */
  readonly runtime: 'native' | 'wasm'
  /** Times the worker died and was started again. */
  readonly restarts: number
}

/** One call that has ended, for metrics. */
export interface EncoderCall {
  readonly kind: 'texts' | 'items' | 'histories'
  readonly count: number
  readonly seconds: number
  /** 'ok', an error's code, or 'GIVEN_UP' where the caller's signal ended it. */
  readonly outcome: string
}

/** Since the thread was last started. */
export interface EncoderStatistics {
  readonly batches: number
  readonly rows: number
  /** Tokens that were computed. */
  readonly cells: number
  /** Of these, what was no padding. */
  readonly usefulCells: number
  /** Spent in the models. */
  readonly seconds: number
}
