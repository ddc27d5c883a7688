/**
 * An adapter as bytes.
 *
 *   0   'SADP'                                  24  gains and weights of both gates, 4 × f32
 *   4   format version, u8                      40  the id of its feature space, ASCII
 *   5   format of the numbers, u8               …   values, then precisions
 *   6   length of the space's id, u16           end CRC-32 of everything before, u32
 *   8   cells, u16;  10  rank, u16
 *   12  lessons, u32;  16  learned to, f64
 *
 *   f32    as they are
 *   f16    values, and log(1 + precision), in 16 bits: a value is off by 1/2048 of itself at most
 *   int8   for each cell a scale (f32) and its values in steps of it, then a scale and its log(1 + precision): a value is off by half a step,
 *          1/254 of the cell's largest, at most. A candidate's effect c_qᵀ B z is therefore off by Σ_k |c_k| · step_k/2 · Σ_j |z_j| at most.
 *
 * Little-endian. The same adapter always gives the same bytes. Size: 44 + the id + 8, 4 or 2 bytes per number (and 8 per cell for int8).
 */
import { SonaError } from '../domain/errors.js'
import { assert } from '../math/assert.js'
import { crc32 } from '../math/crc32.js'
import { fromHalf, toHalf } from '../math/half.js'
import { quantise } from '../math/quantise.js'
import type { Adapter } from './adapter.js'

export const adapterFormats = ['f32', 'f16', 'int8'] as const
export type AdapterFormat = (typeof adapterFormats)[number]

const MAGIC = 0x50444153 // 'SADP', read as a little-endian u32
const FORMAT = 1
const ID_AT = 40
const CHECKSUM_BYTES = 4

export function encodeAdapter(adapter: Adapter, format: AdapterFormat): Uint8Array {
  const id = Uint8Array.from(adapter.space, (letter) => letter.charCodeAt(0))
  assert(/^[ -~]+$/.test(adapter.space), 'a feature space is named in ASCII')
  const { rank } = adapter
  const cells = adapter.values.length / rank
  const bytes = new Uint8Array(ID_AT + id.length + numbers[format].size(cells, rank) + CHECKSUM_BYTES)
  const view = new DataView(bytes.buffer)
  view.setUint32(0, MAGIC, true)
  view.setUint8(4, FORMAT)
  view.setUint8(5, adapterFormats.indexOf(format))
  view.setUint16(6, id.length, true)
  view.setUint16(8, cells, true)
  view.setUint16(10, rank, true)
  view.setUint32(12, adapter.lessons, true)
  view.setFloat64(16, adapter.learnedTo, true)
  const { gate, sharedGate } = adapter
  ;[gate.gain, gate.weight, sharedGate.gain, sharedGate.weight].forEach((value, at) => {
    view.setFloat32(24 + 4 * at, value, true)
  })
  bytes.set(id, ID_AT)
  numbers[format].write(adapter, view, ID_AT + id.length)
  const end = bytes.length - CHECKSUM_BYTES
  view.setUint32(end, crc32(bytes.subarray(0, end)), true)
  return bytes
}

/** Reads what `encodeAdapter` wrote. Throws ADAPTER_CORRUPT, saying what is wrong. */
export function decodeAdapter(bytes: Uint8Array): Adapter {
  if (bytes.length < ID_AT + CHECKSUM_BYTES) throw corrupt(`it has ${bytes.length} bytes, fewer than its own preamble`)
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint32(0, true) !== MAGIC) throw corrupt('it does not begin like an adapter')
  if (view.getUint8(4) !== FORMAT) throw corrupt(`its format version is ${view.getUint8(4)}, and this Sona reads ${FORMAT}`)
  const end = bytes.length - CHECKSUM_BYTES
  if (view.getUint32(end, true) !== crc32(bytes.subarray(0, end))) throw corrupt('its checksum does not match its content')

  // From here on the bytes are those that encodeAdapter wrote: the checksum says so.
  const format = adapterFormats[view.getUint8(5)]
  const numbersAt = ID_AT + view.getUint16(6, true)
  const cells = view.getUint16(8, true)
  const rank = view.getUint16(10, true)
  const values = new Float32Array(cells * rank)
  const precisions = new Float32Array(cells * rank)
  numbers[format].read({ values, precisions, rank }, view, numbersAt)
  return {
    space: String.fromCharCode(...bytes.subarray(ID_AT, numbersAt)),
    rank,
    values,
    precisions,
    gate: { gain: view.getFloat32(24, true), weight: view.getFloat32(28, true) },
    sharedGate: { gain: view.getFloat32(32, true), weight: view.getFloat32(36, true) },
    lessons: view.getUint32(12, true),
    learnedTo: view.getFloat64(16, true),
  }
}

/** What storage and people call the format of these bytes. */
export function formatOf(bytes: Uint8Array): AdapterFormat {
  return adapterFormats[bytes[5]]
}

type Numbers = Pick<Adapter, 'values' | 'precisions' | 'rank'>

interface NumberFormat {
  /** Bytes of values and precisions. */
  size(cells: number, rank: number): number
  write(from: Numbers, view: DataView, at: number): void
  read(into: Numbers, view: DataView, at: number): void
}

const f32: NumberFormat = {
  size: (cells, rank) => 8 * cells * rank,
  write({ values, precisions }, view, at) {
    for (const [i, value] of [...values, ...precisions].entries()) view.setFloat32(at + 4 * i, value, true)
  },
  read({ values, precisions }, view, at) {
    for (let i = 0; i < values.length; i++) {
      values[i] = view.getFloat32(at + 4 * i, true)
      precisions[i] = view.getFloat32(at + 4 * (values.length + i), true)
    }
  },
}

const f16: NumberFormat = {
  size: (cells, rank) => 4 * cells * rank,
  write({ values, precisions }, view, at) {
    for (let i = 0; i < values.length; i++) {
      view.setUint16(at + 2 * i, toHalf(values[i]), true)
      view.setUint16(at + 2 * (values.length + i), toHalf(Math.log1p(precisions[i])), true)
    }
  },
  read({ values, precisions }, view, at) {
    for (let i = 0; i < values.length; i++) {
      values[i] = fromHalf(view.getUint16(at + 2 * i, true))
      precisions[i] = Math.expm1(fromHalf(view.getUint16(at + 2 * (values.length + i), true)))
    }
  },
}

const int8: NumberFormat = {
  size: (cells, rank) => cells * (8 + 2 * rank),
  write({ values, precisions, rank }, view, at) {
    for (let from = 0, place = at; from < values.length; from += rank, place += 8 + 2 * rank) {
      writeSteps(values.subarray(from, from + rank), view, place)
      writeSteps(precisions.subarray(from, from + rank).map(Math.log1p), view, place + 4 + rank)
    }
  },
  read({ values, precisions, rank }, view, at) {
    for (let from = 0, place = at; from < values.length; from += rank, place += 8 + 2 * rank) {
      readSteps(view, place, values.subarray(from, from + rank))
      readSteps(view, place + 4 + rank, precisions.subarray(from, from + rank))
      for (let j = from; j < from + rank; j++) precisions[j] = Math.expm1(precisions[j])
    }
  },
}

function writeSteps(row: Float32Array, view: DataView, at: number): void {
  const steps = new Int8Array(row.length)
  const scale = quantise(row, steps) // NaN for a row of zeros, whose steps are zeros
  view.setFloat32(at, Number.isNaN(scale) ? 0 : scale, true)
  for (let j = 0; j < steps.length; j++) view.setInt8(at + 4 + j, steps[j])
}

function readSteps(view: DataView, at: number, row: Float32Array): void {
  const scale = view.getFloat32(at, true)
  for (let j = 0; j < row.length; j++) row[j] = scale * view.getInt8(at + 4 + j)
}

const numbers: Readonly<Record<AdapterFormat, NumberFormat>> = { f32, f16, int8 }

function corrupt(what: string): SonaError {
  return new SonaError(
    'ADAPTER_CORRUPT',
    `A stored adapter cannot be read: ${what}. Erase it; it is learned again from the user's events.`,
  )
}
