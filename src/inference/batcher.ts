import { performance } from 'node:perf_hooks'
import { setTimeout as sleep } from 'node:timers/promises'
import { SonaError } from '../domain/errors.js'

/**
 * Dynamic batching: rows of all calls that wait are put together by length, so that little of a batch is padding, and each call gets
 * its own rows back. An idle batcher waits a moment for company; a busy one never does.
 */
export interface Batcher<Row> {
  /**
   * @param prepare row `place` of the call; made shortly before it is needed. Undefined: nothing can be told of it, its vector is NaN.
   * @returns count × dimensions; rejects with the signal's reason, or with what running a batch threw
   */
  encode(count: number, prepare: (place: number) => Row | undefined, signal: AbortSignal): Promise<Float32Array>
}

export interface BatcherOptions<Row> {
  /** For messages: what gave a row that is no vector. */
  readonly name: string
  readonly dimensions: number
  lengthOf(row: Row): number
  /** @returns rows × dimensions. Rows may be of different length, and are padded to the longest. */
  run(rows: readonly Row[]): Promise<Float32Array>
  readonly mostRows: number
  /** Most of rows × the longest length. One row alone may exceed it. */
  readonly mostCells: number
  readonly waitMs: number
  readonly onBatch?: (batch: Batch) => void
}

export interface Batch {
  readonly rows: number
  /** rows × the longest length: what was computed. */
  readonly cells: number
  /** Of these, what was no padding. */
  readonly usefulCells: number
  readonly seconds: number
}

interface Call<Row> {
  readonly count: number
  readonly prepare: (place: number) => Row | undefined
  readonly signal: AbortSignal
  readonly values: Float32Array
  next: number
  /** Rows whose vectors are not there yet. */
  missing: number
  resolve(values: Float32Array): void
  reject(error: unknown): void
}

interface Waiting<Row> {
  readonly call: Call<Row>
  readonly place: number
  readonly row: Row
  readonly length: number
}

/** Batches' worth of rows that are prepared ahead: among so many, some are alike in length. */
const BATCHES_AHEAD = 8

export function createBatcher<Row>(options: BatcherOptions<Row>): Batcher<Row> {
  const calls = new Set<Call<Row>>()
  let waiting: Waiting<Row>[] = []
  let cellsAhead = 0
  let isRunning = false
  let batches = 0

  function end(call: Call<Row>, error?: unknown): void {
    if (!calls.delete(call)) return
    if (error !== undefined) keepWaiting((each) => each.call !== call)
    if (error === undefined) call.resolve(call.values)
    else call.reject(error)
  }

  function keepWaiting(isKept: (each: Waiting<Row>) => boolean): void {
    waiting = waiting.filter(isKept)
    cellsAhead = waiting.reduce((sum, { length }) => sum + length, 0)
  }

  /** Takes rows from all calls in turn, so that a long call does not keep a short one out. */
  function refill(): void {
    const isFull = (): boolean =>
      waiting.length >= options.mostRows * BATCHES_AHEAD || cellsAhead >= options.mostCells * BATCHES_AHEAD
    for (let took = true; took && !isFull(); ) {
      took = false
      for (const call of calls) {
        for (let rows = 0; rows < options.mostRows && call.next < call.count && !isFull(); rows++) {
          took = true
          take(call)
        }
      }
    }
  }

  function take(call: Call<Row>): void {
    const place = call.next++
    try {
      const row = call.prepare(place)
      if (row === undefined) {
        if (--call.missing === 0) end(call)
        return
      }
      const length = options.lengthOf(row)
      waiting.push({ call, place, row, length })
      cellsAhead += length
    } catch (error) {
      end(call, error)
    }
  }

  async function runOne(): Promise<void> {
    const batch = pick(waiting, options, batches++ % 2 === 0)
    const taken = new Set(batch)
    keepWaiting((each) => !taken.has(each))
    try {
      const start = performance.now()
      const values = await options.run(batch.map(({ row }) => row))
      options.onBatch?.(measured(batch, (performance.now() - start) / 1_000))
      for (const [index, { call, place }] of batch.entries()) {
        const vector = values.subarray(index * options.dimensions, (index + 1) * options.dimensions)
        if (!isVector(vector)) {
          end(call, notAVector(options.name, place))
          continue
        }
        call.values.set(vector, place * options.dimensions)
        if (--call.missing === 0) end(call)
      }
    } catch (error) {
      for (const { call } of batch) end(call, error)
    }
  }

  async function run(): Promise<void> {
    isRunning = true
    if (options.waitMs > 0 && rowsLeft(calls) < options.mostRows) await sleep(options.waitMs)
    while (calls.size > 0) {
      for (const call of calls) if (call.signal.aborted) end(call, call.signal.reason)
      refill()
      if (waiting.length > 0) await runOne()
    }
    isRunning = false
  }

  return {
    encode(count, prepare, signal) {
      const values = new Float32Array(count * options.dimensions).fill(Number.NaN)
      if (count === 0) return Promise.resolve(values)
      return new Promise((resolve, reject) => {
        calls.add({ count, prepare, signal, values, next: 0, missing: count, resolve, reject })
        if (!isRunning) void run()
      })
    },
  }
}

function rowsLeft<Row>(calls: ReadonlySet<Call<Row>>): number {
  let rows = 0
  for (const call of calls) rows += call.count
  return rows
}

/**
 * One row that must come now, and those that share its batch when all that wait are sorted by length and cut into batches, longest first:
 * so the batches to come stay as they are. Every other time it is a row of the call with the least left, so that one title does not wait
 * behind a whole catalogue; the other times the row that waits longest, so that the catalogue gets on too.
 */
function pick<Row>(waiting: readonly Waiting<Row>[], limits: BatcherOptions<Row>, isForTheShort: boolean): Waiting<Row>[] {
  const oldest = waiting[0] as Waiting<Row>
  const seed = isForTheShort
    ? waiting.reduce((best, each) => (each.call.missing < best.call.missing ? each : best), oldest)
    : oldest
  const sorted = [...waiting].sort((a, b) => b.length - a.length)
  const at = sorted.indexOf(seed)
  let from = 0
  for (;;) {
    const rows = Math.floor(limits.mostCells / Math.max(1, sorted[from]!.length))
    const to = from + Math.min(limits.mostRows, Math.max(1, rows))
    if (at < to) return sorted.slice(from, to)
    from = to
  }
}

function measured<Row>(batch: readonly Waiting<Row>[], seconds: number): Batch {
  const lengths = batch.map(({ length }) => length)
  return {
    rows: batch.length,
    cells: batch.length * Math.max(...lengths),
    usefulCells: lengths.reduce((sum, length) => sum + length, 0),
    seconds,
  }
}

/** Finite throughout, and not all zeros. */
function isVector(values: Float32Array): boolean {
  let squares = 0
  for (const value of values) squares += value * value
  return Number.isFinite(squares) && squares > 0
}

function notAVector(name: string, place: number): SonaError {
  return new SonaError(
    'ENCODER_OUTPUT_INVALID',
    `The ${name} gave zeros or numbers that are not finite for input ${place + 1} of the call; such a vector is never used. Bring or train another encoder.`,
    { details: { place } },
  )
}
