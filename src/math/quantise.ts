/**
 * Vectors in bytes: x ≈ scale · bytes, with scale = max|x| / 127, each number to the nearest. For a unit vector of 512 numbers the
 * cosine is off by about 0.002.
 */

/** Writes the bytes into `into` and returns the scale: NaN for a vector that is not finite, or all zeros, whose bytes are zeros. */
export function quantise(vector: Float32Array, into: Int8Array): number {
  return toSteps(vector, 127, into)
}

/** The same to 14 bits, for the one vector that many rows of bytes are multiplied with: what is lost is then the rows' alone. */
export function quantiseFinely(vector: Float32Array, into: Int16Array): number {
  return toSteps(vector, 8_191, into)
}

/** @param most what the largest number of the vector becomes */
function toSteps(vector: Float32Array, most: number, into: Int8Array | Int16Array): number {
  const largest = largestOf(vector)
  if (!(largest > 0 && Number.isFinite(largest))) {
    into.fill(0)
    return Number.NaN
  }
  const scale = largest / most
  for (let at = 0; at < vector.length; at++) into[at] = Math.round(vector[at] / scale)
  return Math.fround(scale)
}

/** NaN when any number is NaN. */
function largestOf(vector: Float32Array): number {
  let largest = 0
  for (const value of vector) largest = Math.max(largest, Math.abs(value))
  return largest
}
