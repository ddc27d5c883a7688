/**
 * Arrays in the form that PostgreSQL's array_recv reads (utils/adt/arrayfuncs.c):
 *
 *   dimensions i32 · has nulls i32 · element type oid u32 · length i32 · lower bound i32 · then per element: bytes i32 (−1 = null), data
 *
 * Sent as a parameter, an array of 10,000 numbers costs no text on either side. All big-endian.
 */

const oid = { bool: 16, bytea: 17, int8: 20, int2: 21, int4: 23, text: 25, float8: 701, timestamptz: 1184 } as const

/** PostgreSQL counts microseconds from 2000-01-01. */
const POSTGRES_EPOCH_MS = 946_684_800_000

export function int2Array(values: ArrayLike<number>): Buffer {
  return fixed(oid.int2, 2, values, (buffer, value, at) => buffer.writeInt16BE(value, at))
}

export function int4Array(values: ArrayLike<number>): Buffer {
  return fixed(oid.int4, 4, values, (buffer, value, at) => buffer.writeInt32BE(value, at))
}

/** Whole numbers within ±2^53. NaN becomes null. */
export function int8Array(values: ArrayLike<number>): Buffer {
  return fixed(oid.int8, 8, values, writeInt8)
}

/** NaN becomes null. */
export function float8Array(values: ArrayLike<number>): Buffer {
  return fixed(oid.float8, 8, values, (buffer, value, at) => buffer.writeDoubleBE(value, at))
}

export function boolArray(values: ArrayLike<boolean>): Buffer {
  return fixed(oid.bool, 1, Array.from(values, Number), (buffer, value, at) => buffer.writeUInt8(value, at))
}

/** From milliseconds since 1970; fractions are rounded to the microsecond. */
export function timestampArray(values: ArrayLike<number>): Buffer {
  return fixed(oid.timestamptz, 8, values, (buffer, value, at) =>
    writeInt8(buffer, Math.round((value - POSTGRES_EPOCH_MS) * 1000), at),
  )
}

export function textArray(values: readonly (string | undefined)[]): Buffer {
  let size = HEADER_BYTES
  let hasNulls = false
  for (const value of values) {
    size += 4
    if (value === undefined) hasNulls = true
    else size += Buffer.byteLength(value)
  }
  const buffer = header(oid.text, values.length, hasNulls, size)
  let at = HEADER_BYTES
  for (const value of values) {
    if (value === undefined) {
      at = buffer.writeInt32BE(-1, at)
    } else {
      const bytes = buffer.write(value, at + 4)
      buffer.writeInt32BE(bytes, at)
      at += 4 + bytes
    }
  }
  return values.length === 0 ? empty(oid.text) : buffer
}

/** Undefined becomes null. */
export function byteaArray(values: readonly (Uint8Array | undefined)[]): Buffer {
  if (values.length === 0) return empty(oid.bytea)
  const size = values.reduce((sum, value) => sum + 4 + (value?.length ?? 0), HEADER_BYTES)
  const buffer = header(oid.bytea, values.length, values.includes(undefined), size)
  let at = HEADER_BYTES
  for (const value of values) {
    at = buffer.writeInt32BE(value === undefined ? -1 : value.length, at)
    if (value === undefined) continue
    buffer.set(value, at)
    at += value.length
  }
  return buffer
}

/**
 * Vectors of pgvector, row-major in `values`. As vector_send writes each: dimensions u16 · unused u16 · f32 each.
 *
 * @param vectorOid the number of the type `vector` in this database
 */
export function vectorArray(vectorOid: number, values: Float32Array, dimensions: number): Buffer {
  const rows = values.length / dimensions
  if (rows === 0) return empty(vectorOid)
  const bytes = 4 + 4 * dimensions
  const buffer = header(vectorOid, rows, false, HEADER_BYTES + rows * (4 + bytes))
  const raw = Buffer.from(values.slice().buffer).swap32()
  for (let row = 0, at = HEADER_BYTES; row < rows; row++) {
    at = buffer.writeInt32BE(bytes, at)
    at = buffer.writeUInt16BE(dimensions, at)
    at = buffer.writeUInt16BE(0, at)
    at += raw.copy(buffer, at, row * 4 * dimensions, (row + 1) * 4 * dimensions)
  }
  return buffer
}

/** Milliseconds since 1970 from the microseconds that PostgreSQL sends. */
export function epochMsFromPostgres(microseconds: number): number {
  return microseconds / 1000 + POSTGRES_EPOCH_MS
}

const HEADER_BYTES = 20

function fixed(
  elementOid: number,
  elementBytes: number,
  values: ArrayLike<number>,
  write: (buffer: Buffer, value: number, at: number) => void,
): Buffer {
  const { length } = values
  if (length === 0) return empty(elementOid)
  let nulls = 0
  for (let index = 0; index < length; index++) if (Number.isNaN(values[index])) nulls++
  const buffer = header(elementOid, length, nulls > 0, HEADER_BYTES + 4 * length + elementBytes * (length - nulls))
  let at = HEADER_BYTES
  for (let index = 0; index < length; index++) {
    const value = values[index]
    if (Number.isNaN(value)) {
      at = buffer.writeInt32BE(-1, at)
    } else {
      at = buffer.writeInt32BE(elementBytes, at)
      write(buffer, value, at)
      at += elementBytes
    }
  }
  return buffer
}

function header(elementOid: number, length: number, hasNulls: boolean, size: number): Buffer {
  const buffer = Buffer.allocUnsafe(size)
  buffer.writeInt32BE(1, 0)
  buffer.writeInt32BE(hasNulls ? 1 : 0, 4)
  buffer.writeUInt32BE(elementOid, 8)
  buffer.writeInt32BE(length, 12)
  buffer.writeInt32BE(1, 16)
  return buffer
}

function empty(elementOid: number): Buffer {
  const buffer = Buffer.alloc(12)
  buffer.writeUInt32BE(elementOid, 8)
  return buffer
}

function writeInt8(buffer: Buffer, value: number, at: number): void {
  // Two halves instead of a BigInt each: exact within ±2^53, and several times quicker.
  const high = Math.floor(value / 4_294_967_296)
  buffer.writeInt32BE(high, at)
  buffer.writeUInt32BE(value - high * 4_294_967_296, at + 4)
}
