/**
 * B₀ as bytes, between two trainings of the tier.
 *
 *   0  'SADB'     4  format version, u8     5  unused, 3 bytes     8  how many numbers, u32     12  gain and weight of the gate, 2 × f32
 *   20 base, then precisions, f32           end  CRC-32 of everything before, u32
 *
 * Little-endian. The version is not in it: whoever keeps the bytes numbers them.
 */
import { SonaError } from '../domain/errors.js'
import { crc32 } from '../math/crc32.js'
import type { SharedBase } from './tier.js'

const MAGIC = 0x42444153 // 'SADB', read as a little-endian u32
const FORMAT = 1
const NUMBERS_AT = 20
const CHECKSUM_BYTES = 4

export function encodeShared({ base, precisions, gate }: SharedBase): Uint8Array {
  const bytes = new Uint8Array(NUMBERS_AT + 8 * base.length + CHECKSUM_BYTES)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, MAGIC, true)
  view.setUint8(4, FORMAT)
  view.setUint32(8, base.length, true)
  view.setFloat32(12, gate.gain, true)
  view.setFloat32(16, gate.weight, true)
  for (let at = 0; at < base.length; at++) {
    view.setFloat32(NUMBERS_AT + 4 * at, base[at], true)
    view.setFloat32(NUMBERS_AT + 4 * (base.length + at), precisions[at], true)
  }
  const end = bytes.length - CHECKSUM_BYTES
  view.setUint32(end, crc32(bytes.subarray(0, end)), true)
  return bytes
}

/** Reads what `encodeShared` wrote. Throws ADAPTER_CORRUPT. */
export function decodeShared(bytes: Uint8Array, version: number): SharedBase {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const end = bytes.length - CHECKSUM_BYTES
  const isWhole =
    bytes.length >= NUMBERS_AT + CHECKSUM_BYTES &&
    view.getUint32(0, true) === MAGIC &&
    view.getUint8(4) === FORMAT &&
    view.getUint32(end, true) === crc32(bytes.subarray(0, end))
  if (!isWhole) {
    throw new SonaError(
      'ADAPTER_CORRUPT',
      'What all adapters share cannot be read: it is not as it was written. Train again: sona train.',
    )
  }
  const count = view.getUint32(8, true)
  const numbers = (from: number): Float32Array =>
    Float32Array.from({ length: count }, (_, at) => view.getFloat32(NUMBERS_AT + 4 * (from + at), true))
  return {
    base: numbers(0),
    precisions: numbers(count),
    gate: { gain: view.getFloat32(12, true), weight: view.getFloat32(16, true) },
    version,
  }
}

/** What several learned apart, put together: each one's steps away from where all of them began. */
export function joinShared(newest: SharedBase, own: SharedBase, began: SharedBase): SharedBase {
  const joined = (theirs: Float32Array, ours: Float32Array, start: Float32Array): Float32Array =>
    theirs.map((value, at) => value + ours[at] - start[at])
  return {
    base: joined(newest.base, own.base, began.base),
    precisions: joined(newest.precisions, own.precisions, began.precisions).map((value) => Math.max(0, value)),
    gate: {
      gain: newest.gate.gain + own.gate.gain - began.gate.gain,
      weight: Math.max(0, newest.gate.weight + own.gate.weight - began.gate.weight),
    },
    version: newest.version,
  }
}
