import { assert } from '../domain/errors.js'
import type { Arena, SharedMemory } from '../math/memory.js'
import { quantise } from '../math/quantise.js'
import type { StoredRows } from '../world/row-vectors.js'
import type { ByteVectors } from '../world/vector-scan.js'

/**
 * Vectors in a generation's shared memory, with room for items to come. Row r belongs to row r of the catalogue: rows ascend by number,
 * and an item newer than all others gets the next. Threads read it in place; only the thread that owns the generation writes.
 */
export interface VectorRoom {
  readonly version: string
  readonly dimensions: number
  /** Rows there is room for. */
  readonly capacity: number
  /** What items are compared by. A row without a vector is NaN, or in bytes its scale is. */
  readonly items: StoredRows
  /** What search compares with a query. The texts' vectors as bytes; see item-encoding.ts. */
  readonly texts: ByteVectors
}

/** Items that may come before the generation has to be loaded anew: a tenth, and some thousands. */
const SPARE_SHARE = 0.1
const SPARE_AT_LEAST = 2_000

/** Takes the room from the arena. Throws MemoryBudgetExceeded. */
export function createVectorRoom(arena: Arena, { version, dimensions, items, as }: RoomOptions): VectorRoom {
  const capacity = Math.ceil(items * (1 + SPARE_SHARE)) + SPARE_AT_LEAST
  const inBytes = (): ByteVectors => {
    const bytes = asSigned(arena.u8(capacity * dimensions))
    return { bytes, scales: withoutVectors(arena.f32(capacity)) }
  }
  const rows = as === 'bytes' ? inBytes() : withoutVectors(arena.f32(capacity * dimensions))
  return overWhole({ version, dimensions, capacity, items: rows, texts: inBytes() }, arena.memory)
}

export interface RoomOptions {
  readonly version: string
  readonly dimensions: number
  /** How many there are now. */
  readonly items: number
  /** How the items' vectors are kept: 4 bytes a number, or 1. */
  readonly as: 'numbers' | 'bytes'
}

/** A growing memory has a new buffer object for each size. Everybody gets views of the last, which spans everything. */
export function overWhole({ items, texts, ...room }: VectorRoom, { buffer }: SharedMemory): VectorRoom {
  const bytesOver = ({ bytes, scales }: ByteVectors): ByteVectors => ({
    bytes: new Int8Array(buffer, bytes.byteOffset, bytes.length),
    scales: new Float32Array(buffer, scales.byteOffset, scales.length),
  })
  const rows = items instanceof Float32Array ? new Float32Array(buffer, items.byteOffset, items.length) : bytesOver(items)
  return { ...room, items: rows, texts: bytesOver(texts) }
}

/** Filled with NaN two at a time: V8 fills shared memory one by one, and of these there are millions. */
function withoutVectors(array: Float32Array): Float32Array {
  const { buffer, byteOffset, length } = array
  new BigUint64Array(buffer, byteOffset, length >> 1).fill(0x7fc0_0000_7fc0_0000n)
  array.fill(Number.NaN, length & ~1)
  return array
}

const asSigned = ({ buffer, byteOffset, length }: Uint8Array): Int8Array => new Int8Array(buffer, byteOffset, length)

/** Which row of the room is whose. */
export interface VectorRows {
  /** Rows for items that are new, in the order of their numbers; false when there is no room left. */
  add(itemNos: readonly number[]): boolean
  /** Writes the vector of an item that has a row; of others nothing. NaN takes it away. */
  put(itemNo: number, vector: Float32Array): void
  putText(itemNo: number, vector: Float32Array): void
}

/** @param itemNos of the rows the room begins with, ascending */
export function createVectorRows(room: VectorRoom, itemNos: Int32Array): VectorRows {
  const numbers = Array.from(itemNos)
  assert(numbers.length <= room.capacity, 'a row for each item')
  const { dimensions, items, texts } = room

  return {
    add(added) {
      for (const itemNo of added) {
        const row = lowerBound(numbers, itemNo)
        if (numbers[row] === itemNo) continue
        if (numbers.length === room.capacity) return false
        // What stands from there on moves by one: an item's number was given before, and written after, that of another.
        for (const rows of [items, texts]) makeGap(rows, dimensions, row, numbers.length)
        numbers.splice(row, 0, itemNo)
      }
      return true
    },
    put(itemNo, vector) {
      const row = lowerBound(numbers, itemNo)
      if (numbers[row] === itemNo) write(items, dimensions, row, vector)
    },
    putText(itemNo, vector) {
      const row = lowerBound(numbers, itemNo)
      if (numbers[row] === itemNo) write(texts, dimensions, row, vector)
    },
  }
}

function makeGap(rows: StoredRows, dimensions: number, row: number, end: number): void {
  const values = rows instanceof Float32Array ? rows : rows.bytes
  values.copyWithin((row + 1) * dimensions, row * dimensions, end * dimensions)
  if (rows instanceof Float32Array) {
    rows.fill(Number.NaN, row * dimensions, (row + 1) * dimensions)
    return
  }
  rows.scales.copyWithin(row + 1, row, end)
  rows.scales[row] = Number.NaN
}

function write(rows: StoredRows, dimensions: number, row: number, vector: Float32Array): void {
  if (rows instanceof Float32Array) rows.set(vector, row * dimensions)
  else rows.scales[row] = quantise(vector, rows.bytes.subarray(row * dimensions, (row + 1) * dimensions))
}

/** The first place whose number is not below. */
function lowerBound(numbers: readonly number[], number: number): number {
  let [low, high] = [0, numbers.length]
  while (low < high) {
    const middle = (low + high) >>> 1
    if (numbers[middle]! < number) low = middle + 1
    else high = middle
  }
  return low
}
