import { SonaError } from '../../domain/errors.js'

/**
 * Reads a safetensors file: eight bytes of header length, a JSON header of names, types, shapes and offsets, then the numbers.
 * Source: github.com/huggingface/safetensors, "Format".
 */
export interface Safetensors {
  readonly names: readonly string[]
  /** As f32, row-major, whatever the file holds; INVALID_FILE when it is missing, or not of this shape. */
  read(name: string, shape: readonly number[]): Float32Array
}

interface Entry {
  readonly dtype: string
  readonly shape: readonly number[]
  readonly data_offsets: readonly [from: number, to: number]
}

/** A header of real models is some tens of kilobytes; more is another kind of file. */
const LONGEST_HEADER = 100_000_000

/** @param file its name, for messages */
export function parseSafetensors(bytes: Uint8Array, file: string): Safetensors {
  const { header, data } = split(bytes, file)
  const entries = new Map(Object.entries(header).filter(([name]) => name !== '__metadata__'))
  return {
    names: [...entries.keys()],
    read(name, shape) {
      const entry = entries.get(name)
      if (entry === undefined) throw broken(file, `has no tensor '${name}', which a model of this configuration needs`)
      if (entry.shape.join() !== shape.join()) {
        throw broken(file, `has '${name}' of ${entry.shape.join(' × ')}, where its configuration says ${shape.join(' × ')}`)
      }
      const numbers = shape.reduce((product, length) => product * length, 1)
      const [from, to] = entry.data_offsets
      const width = entry.dtype === 'F32' ? 4 : 2
      if (!(from >= 0 && to - from === numbers * width && to <= data.byteLength)) {
        throw broken(file, `ends within '${name}', or says that it lies where it cannot`)
      }
      return asFloat32(data.subarray(from, to), entry.dtype, name, file)
    },
  }
}

function split(bytes: Uint8Array, file: string): { header: Record<string, Entry>; data: Uint8Array } {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  const length = bytes.byteLength < 8 ? Number.NaN : Number(view.getBigUint64(0, true))
  if (!(length <= LONGEST_HEADER && length + 8 <= bytes.byteLength))
    throw broken(file, 'is no safetensors file, or only a part of one')
  try {
    const header: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes.subarray(8, 8 + length)))
    return { header: header as Record<string, Entry>, data: bytes.subarray(8 + length) }
  } catch (cause) {
    throw broken(file, 'has a header that is not JSON', cause)
  }
}

function asFloat32(bytes: Uint8Array, dtype: string, name: string, file: string): Float32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  switch (dtype) {
    case 'F32':
      return new Float32Array(Uint8Array.from(bytes).buffer) // copied: the file's offsets need not be multiples of four
    case 'F16':
      return Float32Array.from({ length: bytes.byteLength / 2 }, (_, place) => fromHalf(view.getUint16(place * 2, true)))
    case 'BF16': {
      const halves = Uint32Array.from({ length: bytes.byteLength / 2 }, (_, place) => view.getUint16(place * 2, true) << 16)
      return new Float32Array(halves.buffer)
    }
    default:
      throw broken(file, `has '${name}' as ${dtype}; F32, F16 and BF16 can be read`)
  }
}

/** IEEE 754 half precision: one sign bit, five of exponent, ten of fraction. */
function fromHalf(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1
  const exponent = (bits >> 10) & 31
  const fraction = (bits & 1023) / 1024
  if (exponent === 31) return fraction === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return exponent === 0 ? sign * 2 ** -14 * fraction : sign * 2 ** (exponent - 15) * (1 + fraction)
}

function broken(file: string, what: string, cause?: unknown): SonaError {
  return new SonaError('INVALID_FILE', `${file} ${what}.`, { cause })
}
