// Sums and products of vectors, limited by how fast memory is read. Four accumulators hide the latency of an addition.

/** Σ a[i]·b[i]. */
export function dot(a: usize, b: usize, length: i32): f32 {
  let s0 = f32x4.splat(0), s1 = f32x4.splat(0), s2 = f32x4.splat(0), s3 = f32x4.splat(0)
  let i = 0
  for (; i + 16 <= length; i += 16) {
    s0 = f32x4.add(s0, f32x4.mul(v128.load(a), v128.load(b)))
    s1 = f32x4.add(s1, f32x4.mul(v128.load(a, 16), v128.load(b, 16)))
    s2 = f32x4.add(s2, f32x4.mul(v128.load(a, 32), v128.load(b, 32)))
    s3 = f32x4.add(s3, f32x4.mul(v128.load(a, 48), v128.load(b, 48)))
    a += 64
    b += 64
  }
  let sum = sumOf(f32x4.add(f32x4.add(s0, s1), f32x4.add(s2, s3)))
  for (; i < length; i++) {
    sum += load<f32>(a) * load<f32>(b)
    a += 4
    b += 4
  }
  return sum
}

/** y += alpha·x. */
export function axpy(alpha: f32, x: usize, y: usize, length: i32): void {
  const scale = f32x4.splat(alpha)
  let i = 0
  for (; i + 8 <= length; i += 8) {
    v128.store(y, f32x4.add(v128.load(y), f32x4.mul(scale, v128.load(x))))
    v128.store(y, f32x4.add(v128.load(y, 16), f32x4.mul(scale, v128.load(x, 16))), 16)
    x += 32
    y += 32
  }
  for (; i < length; i++) {
    store<f32>(y, load<f32>(y) + alpha * load<f32>(x))
    x += 4
    y += 4
  }
}

/** out[j] = Σ_k weights[k]·matrix[rows[k], j]. Four rows at a time, so that `out` is read and written a quarter as often. */
export function weightedRowSum(matrix: usize, columns: i32, rows: usize, weights: usize, count: i32, out: usize): void {
  memory.fill(out, 0, 4 * <usize>columns)
  const stride: usize = 4 * <usize>columns
  let k: usize = 0
  for (; k + 4 <= <usize>count; k += 4) {
    const at = rows + 4 * k
    const w = weights + 4 * k
    addFourRows(
      matrix + stride * load<u32>(at), matrix + stride * load<u32>(at, 4),
      matrix + stride * load<u32>(at, 8), matrix + stride * load<u32>(at, 12),
      load<f32>(w), load<f32>(w, 4), load<f32>(w, 8), load<f32>(w, 12), out, columns,
    )
  }
  for (; k < <usize>count; k++) axpy(load<f32>(weights + 4 * k), matrix + stride * load<u32>(rows + 4 * k), out, columns)
}

function addFourRows(
  r0: usize, r1: usize, r2: usize, r3: usize, w0: f32, w1: f32, w2: f32, w3: f32, out: usize, columns: i32,
): void {
  const x0 = f32x4.splat(w0), x1 = f32x4.splat(w1), x2 = f32x4.splat(w2), x3 = f32x4.splat(w3)
  let j: usize = 0
  const vectorEnd: usize = 4 * <usize>(columns & ~3)
  for (; j < vectorEnd; j += 16) {
    const low = f32x4.add(f32x4.mul(x0, v128.load(r0 + j)), f32x4.mul(x1, v128.load(r1 + j)))
    const high = f32x4.add(f32x4.mul(x2, v128.load(r2 + j)), f32x4.mul(x3, v128.load(r3 + j)))
    v128.store(out + j, f32x4.add(v128.load(out + j), f32x4.add(low, high)))
  }
  for (; j < 4 * <usize>columns; j += 4) {
    const low = w0 * load<f32>(r0 + j) + w1 * load<f32>(r1 + j)
    const high = w2 * load<f32>(r2 + j) + w3 * load<f32>(r3 + j)
    store<f32>(out + j, load<f32>(out + j) + (low + high))
  }
}

/** out[i] = matrix[i, :]·vector. */
export function matrixVector(matrix: usize, rows: i32, columns: i32, vector: usize, out: usize): void {
  for (let i = 0; i < rows; i++) {
    store<f32>(out, dot(matrix, vector, columns))
    matrix += 4 * <usize>columns
    out += 4
  }
}

// @ts-ignore: decorator
@inline
function sumOf(x: v128): f32 {
  return f32x4.extract_lane(x, 0) + f32x4.extract_lane(x, 1) + (f32x4.extract_lane(x, 2) + f32x4.extract_lane(x, 3))
}
