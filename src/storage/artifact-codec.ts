/**
 * A trained model as bytes.
 *
 *   0   'SONA'
 *   4   format version, u32
 *   8   length of the JSON in bytes, u32
 *   12  zero, u32
 *   16  SHA-256 of everything before and after it
 *   48  JSON: { header, arrays: [{ name, type, length, offset }] }, offsets counted from the first array
 *   …   the arrays, each beginning at a multiple of 16
 *
 * All numbers are little-endian. The same artifact always gives the same bytes.
 */
import { createHash } from 'node:crypto'
import { SonaError } from '../domain/errors.js'
import type { Artifact, ArtifactHeader, NumberArray } from '../models/artifact.js'

const MAGIC = 0x414e4f53 // 'SONA', read as a little-endian u32
const FORMAT = 1
const CHECKSUM_AT = 16
const BODY_AT = 48
const ALIGNMENT = 16

const constructors = { f32: Float32Array, f64: Float64Array, i32: Int32Array, u32: Uint32Array, u8: Uint8Array } as const

/** A kind of array, by the name that an Arena's allocators have. */
export type ArrayType = keyof typeof constructors

interface ArrayEntry {
  readonly name: string
  readonly type: ArrayType
  readonly length: number
  readonly offset: number
}

interface Directory {
  readonly header: ArtifactHeader
  readonly arrays: readonly ArrayEntry[]
}

/** Bytes that `decodeArtifact` reads back; arrays are written in the order of their names. */
export function encodeArtifact(artifact: Artifact): Uint8Array {
  const names = Object.keys(artifact.arrays).sort()
  let size = 0
  const entries = names.map((name): ArrayEntry => {
    const array = artifact.arrays[name]
    const offset = align(size)
    size = offset + array.byteLength
    return { name, type: typeOf(array), length: array.length, offset }
  })
  const json = new TextEncoder().encode(JSON.stringify({ header: artifact.header, arrays: entries } satisfies Directory))
  const arraysAt = align(BODY_AT + json.length)

  const bytes = new Uint8Array(arraysAt + size)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, MAGIC, true)
  view.setUint32(4, FORMAT, true)
  view.setUint32(8, json.length, true)
  bytes.set(json, BODY_AT)
  for (const { name, offset } of entries) bytes.set(bytesOf(artifact.arrays[name]), arraysAt + offset)
  bytes.set(checksumOf(bytes), CHECKSUM_AT)
  return bytes
}

/**
 * Reads what `encodeArtifact` wrote. With `allocate`, each array is placed where the caller wants it, such as in memory that
 * threads share; without, arrays are views of `bytes` where alignment allows. Throws ARTIFACT_CORRUPT, saying what is wrong.
 */
export function decodeArtifact(bytes: Uint8Array, allocate?: (type: ArrayType, length: number) => NumberArray): Artifact {
  if (bytes.length < BODY_AT) throw corrupt(`it has ${bytes.length} bytes, fewer than its own preamble`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint32(0, true) !== MAGIC) throw corrupt('it does not begin like a model')
  const format = view.getUint32(4, true)
  if (format !== FORMAT) throw corrupt(`its format version is ${format}, and this Sona reads ${FORMAT}`)
  if (!checksumOf(bytes).equals(bytes.subarray(CHECKSUM_AT, BODY_AT))) throw corrupt('its checksum does not match its content')

  // From here on the bytes are those that encodeArtifact wrote: the checksum says so.
  const jsonLength = view.getUint32(8, true)
  const directory = JSON.parse(new TextDecoder().decode(bytes.subarray(BODY_AT, BODY_AT + jsonLength))) as Directory
  const arraysAt = align(BODY_AT + jsonLength)
  const arrays: Record<string, NumberArray> = {}
  for (const entry of directory.arrays) arrays[entry.name] = readArray(bytes, arraysAt, entry, allocate)
  return { header: directory.header, arrays }
}

function checksumOf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes.subarray(0, CHECKSUM_AT)).update(bytes.subarray(BODY_AT)).digest()
}

function readArray(
  bytes: Uint8Array,
  arraysAt: number,
  { type, length, offset }: ArrayEntry,
  allocate: ((type: ArrayType, length: number) => NumberArray) | undefined,
): NumberArray {
  const View = constructors[type]
  const from = arraysAt + offset
  const size = length * View.BYTES_PER_ELEMENT
  const at = bytes.byteOffset + from
  if (allocate === undefined && at % View.BYTES_PER_ELEMENT === 0) return viewOf(type, bytes.buffer, at, length)
  const target = allocate === undefined ? new View(length) : allocate(type, length)
  bytesOf(target).set(bytes.subarray(from, from + size))
  return target
}

function viewOf(type: ArrayType, buffer: ArrayBufferLike, at: number, length: number): NumberArray {
  switch (type) {
    case 'f32':
      return new Float32Array(buffer, at, length)
    case 'f64':
      return new Float64Array(buffer, at, length)
    case 'i32':
      return new Int32Array(buffer, at, length)
    case 'u32':
      return new Uint32Array(buffer, at, length)
    case 'u8':
      return new Uint8Array(buffer, at, length)
  }
}

function typeOf(array: NumberArray): ArrayType {
  if (array instanceof Float32Array) return 'f32'
  if (array instanceof Float64Array) return 'f64'
  if (array instanceof Int32Array) return 'i32'
  return array instanceof Uint32Array ? 'u32' : 'u8'
}

function bytesOf(array: NumberArray): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength)
}

function align(offset: number): number {
  return Math.ceil(offset / ALIGNMENT) * ALIGNMENT
}

function corrupt(what: string): SonaError {
  return new SonaError('ARTIFACT_CORRUPT', `A stored model cannot be read: ${what}. Train again: sona train.`)
}
