import { assert } from '../domain/errors.js'
import type { Arena, SharedMemory } from '../math/memory.js'
import { quantise } from '../math/quantise.js'
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
  /** capacity × dimensions. A row without a vector is NaN. */
  readonly values: Float32Array
  /** What search compares with a query. The texts' vectors as bytes; see item-encoding.ts. */
  readonly texts: ByteVectors
}

/** Items that may come before the generation has to be loaded anew: a tenth, and some thousands. */
const SPARE_SHARE = 0.1
const SPARE_AT_LEAST = 2_000

/** Takes the room from the arena. Throws MemoryBudgetExceeded. */
export function createVectorRoom(arena: Arena, version: string, dimensions: number, items: number): VectorRoom {
  const capacity = Math.ceil(items * (1 + SPARE_SHARE)) + SPARE_AT_LEAST
  const bytes = arena.u8(capacity * dimensions)
  const scales = arena.f32(capacity)
  const values = arena.f32(capacity * dimensions)
  for (const array of [scales, values]) fillWithNaN(array)
  const room = { version, dimensions, capacity, values, texts: { bytes: asSigned(bytes), scales } }
  return overWhole(room, arena.memory)
}

/** A growing memory has a new buffer object for each size. Everybody gets views of the last, which spans everything. */
export function overWhole({ version, dimensions, capacity, values, texts }: VectorRoom, { buffer }: SharedMemory): VectorRoom {
  return {
    version,
    dimensions,
    capacity,
    values: new Float32Array(buffer, values.byteOffset, values.length),
    texts: {
      bytes: new Int8Array(buffer, texts.bytes.byteOffset, texts.bytes.length),
      scales: new Float32Array(buffer, texts.scales.byteOffset, texts.scales.length),
    },
  }
}

/** Two at a time: V8 fills shared memory one by one, and of these there are millions. */
function fillWithNaN({ buffer, byteOffset, length }: Float32Array): void {
  new BigUint64Array(buffer, byteOffset, length >> 1).fill(0x7fc0_0000_7fc0_0000n)
  new Float32Array(buffer, byteOffset, length).fill(Number.NaN, length & ~1)
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
  const { dimensions, values, texts } = room

  /** Moves what stands from a row on by one: an item's number was given before, and written after, that of another. */
  function makeGap(row: number): void {
    const end = numbers.length
    values.copyWithin((row + 1) * dimensions, row * dimensions, end * dimensions)
    texts.bytes.copyWithin((row + 1) * dimensions, row * dimensions, end * dimensions)
    texts.scales.copyWithin(row + 1, row, end)
    values.fill(Number.NaN, row * dimensions, (row + 1) * dimensions)
    texts.scales[row] = Number.NaN
  }

  return {
    add(added) {
      for (const itemNo of added) {
        const row = lowerBound(numbers, itemNo)
        if (numbers[row] === itemNo) continue
        if (numbers.length === room.capacity) return false
        makeGap(row)
        numbers.splice(row, 0, itemNo)
      }
      return true
    },
    put(itemNo, vector) {
      const row = lowerBound(numbers, itemNo)
      if (numbers[row] === itemNo) values.set(vector, row * dimensions)
    },
    putText(itemNo, vector) {
      const row = lowerBound(numbers, itemNo)
      if (numbers[row] !== itemNo) return
      texts.scales[row] = quantise(vector, texts.bytes.subarray(row * dimensions, (row + 1) * dimensions))
    },
  }
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
