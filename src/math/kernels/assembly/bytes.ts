// Products of a matrix of bytes with a vector of 16-bit numbers: a quarter of the memory of 32-bit rows, which is what a scan waits for.

/**
 * out[i] = scales[i]·Σ_j matrix[i, j]·vector[j]. The sum is exact: the caller keeps columns ≤ 2,048 and |vector| ≤ 8,191, so that it stays
 * below 2³¹. Two rows at a time, which share what is read of the vector. `columns` is a multiple of 16.
 */
export function byteMatrixVector(matrix: usize, rows: i32, columns: i32, vector: usize, scales: usize, out: usize): void {
  const stride = <usize>columns
  let i = 0
  for (; i + 2 <= rows; i += 2) {
    let first = i32x4.splat(0), second = i32x4.splat(0)
    const next = matrix + stride
    for (let j: usize = 0; j < stride; j += 16) {
      const low = v128.load(vector + 2 * j), high = v128.load(vector + 2 * j, 16)
      const a = v128.load(matrix + j), b = v128.load(next + j)
      first = i32x4.add(first, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(a), low))
      second = i32x4.add(second, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(b), low))
      first = i32x4.add(first, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(a), high))
      second = i32x4.add(second, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(b), high))
    }
    store<f32>(out, <f32>sumOf(first) * load<f32>(scales))
    store<f32>(out, <f32>sumOf(second) * load<f32>(scales, 4), 4)
    matrix = next + stride
    scales += 8
    out += 8
  }
  if (i < rows) {
    let sums = i32x4.splat(0)
    for (let j: usize = 0; j < stride; j += 16) {
      const a = v128.load(matrix + j)
      sums = i32x4.add(sums, i32x4.dot_i16x8_s(i16x8.extend_low_i8x16_s(a), v128.load(vector + 2 * j)))
      sums = i32x4.add(sums, i32x4.dot_i16x8_s(i16x8.extend_high_i8x16_s(a), v128.load(vector + 2 * j, 16)))
    }
    store<f32>(out, <f32>sumOf(sums) * load<f32>(scales))
  }
}

// @ts-ignore: decorator
@inline
function sumOf(lanes: v128): i32 {
  return i32x4.extract_lane(lanes, 0) + i32x4.extract_lane(lanes, 1) + i32x4.extract_lane(lanes, 2) + i32x4.extract_lane(lanes, 3)
}
