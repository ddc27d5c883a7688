// Products of a matrix of bytes with a vector of 16-bit numbers: a quarter of the memory of 32-bit rows, which is what a scan waits for.

/**
 * out[i] = scales[i]·Σ_j matrix[i, j]·vector[j]. The sum is exact: the caller keeps columns ≤ 2,048 and |vector| ≤ 8,191, so that it stays
 * below 2³¹. One row after the other, with four sums: two rows at once, which would share what is read of the vector, lose the processor's
 * prefetching (20 instead of 6 ms for 200,000 × 512). `columns` is a multiple of 16.
 */
export function byteMatrixVector(matrix: usize, rows: i32, columns: i32, vector: usize, scales: usize, out: usize): void {
  const paired = <usize>(columns & ~31)
  const hasRest = (columns & 16) !== 0
  for (let i = 0; i < rows; i++) {
    let a = i32x4.splat(0), b = i32x4.splat(0), c = i32x4.splat(0), d = i32x4.splat(0)
    let v = vector
    for (const end = matrix + paired; matrix < end; matrix += 32) {
      const x = v128.load(matrix), y = v128.load(matrix, 16)
      a = i32x4.add(a, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(x), v128.load(v)))
      b = i32x4.add(b, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(x), v128.load(v, 16)))
      c = i32x4.add(c, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(y), v128.load(v, 32)))
      d = i32x4.add(d, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(y), v128.load(v, 48)))
      v += 64
    }
    if (hasRest) {
      const x = v128.load(matrix)
      a = i32x4.add(a, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(x), v128.load(v)))
      b = i32x4.add(b, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(x), v128.load(v, 16)))
      matrix += 16
    }
    store<f32>(out, <f32>sumOf(i32x4.add(i32x4.add(a, b), i32x4.add(c, d))) * load<f32>(scales))
    scales += 4
    out += 4
  }
}

// @ts-ignore: decorator
@inline
function sumOf(lanes: v128): i32 {
  return i32x4.extract_lane(lanes, 0) + i32x4.extract_lane(lanes, 1) + i32x4.extract_lane(lanes, 2) + i32x4.extract_lane(lanes, 3)
}
