// Sums and products of vectors, limited by how fast memory is read.
//
// A product of two vectors is always summed in the same order, however many are computed at once: even and odd groups of four
// apart, then the lanes, then the rest one by one. So `dot` gives the very bits that `matrixVector` gives for that row.

/** Σ a[i]·b[i]. */
export function dot(a: usize, b: usize, length: i32): f32 {
  const lanes = laneSums(a, b, length)
  const low = f32x4.extract_lane(lanes, 0) + f32x4.extract_lane(lanes, 1)
  const high = f32x4.extract_lane(lanes, 2) + f32x4.extract_lane(lanes, 3)
  return addRest(low + high, a, b, length)
}

/** The sums over whole groups of eight, not yet added across lanes. */
// @ts-ignore: decorator
@inline
function laneSums(a: usize, b: usize, length: i32): v128 {
  let even = f32x4.splat(0), odd = f32x4.splat(0)
  const end: usize = 4 * <usize>(length & ~7)
  for (let j: usize = 0; j < end; j += 32) {
    even = f32x4.add(even, f32x4.mul(v128.load(a + j), v128.load(b + j)))
    odd = f32x4.add(odd, f32x4.mul(v128.load(a + j, 16), v128.load(b + j, 16)))
  }
  return f32x4.add(even, odd)
}

export function addRest(sum: f32, a: usize, b: usize, length: i32): f32 {
  for (let i = length & ~7; i < length; i++) sum += load<f32>(a + 4 * <usize>i) * load<f32>(b + 4 * <usize>i)
  return sum
}

/**
 * out[i] = matrix[i, :]·vector. The lanes of four rows are added together; the rows themselves are read one after the other, since
 * four at once lose the processor's prefetching (7 instead of 30 GB/s on a matrix that is in no cache).
 */
export function matrixVector(matrix: usize, rows: i32, columns: i32, vector: usize, out: usize): void {
  const stride: usize = 4 * <usize>columns
  let i = 0
  for (; i + 4 <= rows; i += 4) {
    const r1 = matrix + stride, r2 = r1 + stride, r3 = r2 + stride
    const s0 = laneSums(matrix, vector, columns), s1 = laneSums(r1, vector, columns)
    const s2 = laneSums(r2, vector, columns), s3 = laneSums(r3, vector, columns)
    v128.store(out, addLanes(s0, s1, s2, s3))
    if (columns & 7) {
      store<f32>(out, addRest(load<f32>(out), matrix, vector, columns))
      store<f32>(out, addRest(load<f32>(out, 4), r1, vector, columns), 4)
      store<f32>(out, addRest(load<f32>(out, 8), r2, vector, columns), 8)
      store<f32>(out, addRest(load<f32>(out, 12), r3, vector, columns), 12)
    }
    matrix = r3 + stride
    out += 16
  }
  for (; i < rows; i++) {
    store<f32>(out, dot(matrix, vector, columns))
    matrix += stride
    out += 4
  }
}

/** Each of four vectors added across its lanes: turned 4 × 4, so that one vector holds the same lane of all four. */
export function addLanes(s0: v128, s1: v128, s2: v128, s3: v128): v128 {
  const t0 = v128.shuffle<f32>(s0, s1, 0, 4, 1, 5), t1 = v128.shuffle<f32>(s0, s1, 2, 6, 3, 7)
  const t2 = v128.shuffle<f32>(s2, s3, 0, 4, 1, 5), t3 = v128.shuffle<f32>(s2, s3, 2, 6, 3, 7)
  const low = f32x4.add(v128.shuffle<f32>(t0, t2, 0, 1, 4, 5), v128.shuffle<f32>(t0, t2, 2, 3, 6, 7))
  const high = f32x4.add(v128.shuffle<f32>(t1, t3, 0, 1, 4, 5), v128.shuffle<f32>(t1, t3, 2, 3, 6, 7))
  return f32x4.add(low, high)
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

export function addFourRows(
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
