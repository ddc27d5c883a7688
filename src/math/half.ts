/**
 * Numbers in 16 bits (IEEE 754 binary16): 11 digits of mantissa, so that a number is off by 1/2048 of itself at most, from 6·10⁻⁵ to 65,504;
 * smaller ones are off by 3·10⁻⁸ at most, larger ones become the largest.
 */
const float = new Float32Array(1)
const bits = new Uint32Array(float.buffer)
const LARGEST = 65_504

/** Rounds to the nearest, ties to even. NaN stays NaN. */
export function toHalf(value: number): number {
  float[0] = Math.max(-LARGEST, Math.min(LARGEST, value))
  const word = bits[0]
  const sign = (word >>> 16) & 0x8000
  if (Number.isNaN(float[0])) return 0x7e00
  const magnitude = Math.abs(float[0])
  if (magnitude < 2 ** -14) return sign | roundEven(magnitude * 2 ** 24) // below the smallest normal number: steps of 2⁻²⁴
  const exponent = ((word >>> 23) & 0xff) - 127
  return sign + roundEven((magnitude / 2 ** exponent + exponent + 14) * 1024) // a mantissa that rounds up to 2 carries into the exponent
}

export function fromHalf(half: number): number {
  const sign = half & 0x8000 ? -1 : 1
  const exponent = (half >>> 10) & 0x1f
  const mantissa = half & 0x3ff
  if (exponent === 0) return sign * mantissa * 2 ** -24
  if (exponent === 31) return mantissa === 0 ? sign * Number.POSITIVE_INFINITY : Number.NaN
  return sign * (1 + mantissa / 1024) * 2 ** (exponent - 15)
}

function roundEven(value: number): number {
  const floor = Math.floor(value)
  const rest = value - floor
  return rest > 0.5 || (rest === 0.5 && floor % 2 === 1) ? floor + 1 : floor
}
