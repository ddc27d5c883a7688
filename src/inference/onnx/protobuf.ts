/**
 * As much of the Protocol Buffers wire format as writing a model takes: a message is a list of fields, and its bytes are pieces that
 * are joined once at the end, so that a tensor of hundreds of megabytes is never copied on the way.
 * Source: protobuf.dev, "Encoding".
 */

/** A message, or a field of one, as pieces in order. */
export interface Encoded {
  readonly byteLength: number
  readonly pieces: readonly Uint8Array[]
}

const VARINT = 0
const LENGTH_DELIMITED = 2
const FIXED_32 = 5

/** Fields in the order given; a repeated field is several of the same number. */
export function message(fields: readonly Encoded[]): Encoded {
  return {
    byteLength: fields.reduce((sum, field) => sum + field.byteLength, 0),
    pieces: fields.flatMap((field) => field.pieces),
  }
}

/** A whole number, up to 2⁵³ in size; negative ones take ten bytes, as the format wants. */
export function integerField(number: number, value: number): Encoded {
  return encoded([...tag(number, VARINT), ...varint(BigInt(value))])
}

export function floatField(number: number, value: number): Encoded {
  const bytes = new Uint8Array(4)
  new DataView(bytes.buffer).setFloat32(0, value, true)
  return encoded([...tag(number, FIXED_32), ...bytes])
}

export function stringField(number: number, text: string): Encoded {
  return bytesField(number, new TextEncoder().encode(text))
}

export function bytesField(number: number, bytes: Uint8Array): Encoded {
  return messageField(number, { byteLength: bytes.byteLength, pieces: [bytes] })
}

export function messageField(number: number, inner: Encoded): Encoded {
  return message([encoded([...tag(number, LENGTH_DELIMITED), ...varint(BigInt(inner.byteLength))]), inner])
}

/** The bytes of a whole message, in one piece. */
export function join({ byteLength, pieces }: Encoded): Uint8Array {
  const bytes = new Uint8Array(byteLength)
  let at = 0
  for (const piece of pieces) {
    bytes.set(piece, at)
    at += piece.byteLength
  }
  return bytes
}

function tag(number: number, wireType: number): number[] {
  return varint(BigInt(number * 8 + wireType))
}

/** Seven bits a byte, least significant first; the top bit says that more follow. */
function varint(value: bigint): number[] {
  const bytes: number[] = []
  let rest = BigInt.asUintN(64, value)
  while (rest >= 128n) {
    bytes.push(Number(rest & 127n) | 128)
    rest >>= 7n
  }
  bytes.push(Number(rest))
  return bytes
}

function encoded(bytes: readonly number[]): Encoded {
  return { byteLength: bytes.length, pieces: [Uint8Array.from(bytes)] }
}
