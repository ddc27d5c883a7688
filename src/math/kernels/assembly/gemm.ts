// The matrix product that everything large is made of:  C (+)= sign · op(A) · op(B)
//
// Goto & van de Geijn, "Anatomy of High-Performance Matrix Multiplication", ACM TOMS 2008: blocks of A and B are copied ("packed")
// into the order in which the innermost loop reads them, sized for the caches; the innermost loop keeps a 4 × 8 tile of C in
// registers. 8 accumulators, 2 of B, 4 of A (V8 loads them all first) and 1 product are the 15 SSE registers that V8 hands out; larger
// tiles spill.
// What limits it is not arithmetic but instructions: at best 32 multiply-adds take 4 cycles, and V8 needs 28 instructions for them.
// Hence the numbers of A stand fourfold in memory (`spread`): loading one into all lanes costs V8 an address calculation each.
// Measured at n = 3,700, interleaved: 19.6 billion multiply-adds a second against 17.8 before.

const tileRows: i32 = 4
const tileColumns: i32 = 8
export const depth: i32 = 256 // k per packed block: a spread strip of A (16 KiB) and a strip of B (8 KiB) fit the first-level cache
const blockRows: i32 = 128 // rows of A packed at once (128 KiB): second-level cache
const blockColumns: i32 = 1024 // columns of B packed at once (1 MiB)

/** Bytes of scratch that `gemm` needs. */
export const gemmScratch: usize =
  4 * (<usize>blockRows * depth + <usize>blockColumns * depth + 4 * <usize>tileRows * depth + <usize>tileRows * tileColumns)

// How the product lands in C.
export const add: i32 = 0
export const overwrite: i32 = 1
/** Adds to the elements on and below the diagonal only; C is square. */
export const addLower: i32 = 2

/** Called before each packed block of B, at most some tens of milliseconds apart. May throw: then everything ends where it is. */
// @ts-ignore: decorator
@external("env", "between")
declare function between(): void

let packedA: usize = 0
let packedB: usize = 0
let spreadA: usize = 0
let edgeTile: usize = 0

export function useGemmScratch(at: usize): void {
  packedA = at
  packedB = packedA + 4 * <usize>blockRows * depth
  spreadA = packedB + 4 * <usize>blockColumns * depth
  edgeTile = spreadA + 16 * <usize>tileRows * depth
}

/**
 * op(A) is m × k: A row-major with `strideA` numbers a row, or the transpose of such a matrix. op(B), k × n, likewise.
 * With `overwrite`, C may be A when n ≤ blockColumns and k ≤ depth, and C may be B when k ≤ depth: each block is packed before
 * the numbers it came from are written.
 */
export function gemm(
  m: i32, n: i32, k: i32, sign: f32,
  a: usize, strideA: i32, transposeA: bool,
  b: usize, strideB: i32, transposeB: bool,
  c: usize, strideC: i32, mode: i32,
): void {
  for (let column = 0; column < n; column += blockColumns) {
    const columns = min(blockColumns, n - column)
    for (let from = 0; from < k; from += depth) {
      const steps = min(depth, k - from)
      between()
      if (transposeB) packRows(b + 4 * (<usize>column * strideB + from), strideB, columns, steps, tileColumns, 1, packedB)
      else packColumns(b + 4 * (<usize>from * strideB + column), strideB, columns, steps, tileColumns, 1, packedB)
      for (let row = mode == addLower ? column : 0; row < m; row += blockRows) {
        const rows = min(blockRows, m - row)
        if (transposeA) packColumns(a + 4 * (<usize>from * strideA + row), strideA, rows, steps, tileRows, sign, packedA)
        else packRows(a + 4 * (<usize>row * strideA + from), strideA, rows, steps, tileRows, sign, packedA)
        multiplyBlock(rows, columns, steps, c + 4 * (<usize>row * strideC + column), strideC, mode, row - column)
      }
    }
  }
}

/** One packed block of A times one of B. `below` is how far the block's first row lies below its first column. */
function multiplyBlock(rows: i32, columns: i32, steps: i32, c: usize, strideC: i32, mode: i32, below: i32): void {
  for (let i = 0; i < rows; i += tileRows) {
    spread(packedA + 4 * <usize>i * steps, tileRows * steps)
    for (let j = 0; j < columns; j += tileColumns) {
      const stripB = packedB + 4 * <usize>j * steps
      const tile = c + 4 * (<usize>i * strideC + j)
      const diagonal = below + i - j // row minus column of the tile's first element
      if (mode == addLower && diagonal <= -tileRows) break
      const isCut = i + tileRows > rows || j + tileColumns > columns || (mode == addLower && diagonal < tileColumns - 1)
      if (!isCut) {
        multiplyTile(steps, stripB, tile, 4 * <usize>strideC, mode == overwrite)
      } else {
        multiplyTile(steps, stripB, edgeTile, 4 * tileColumns, true)
        storeCutTile(tile, strideC, min(tileRows, rows - i), min(tileColumns, columns - j), mode, diagonal)
      }
    }
  }
}

/** Each number of a packed strip of A four times over: a vector of its own to load. */
function spread(strip: usize, length: i32): void {
  let to = spreadA
  const end = strip + 4 * <usize>length
  for (; strip < end; strip += 16) {
    v128.store(to, v128.load_splat<f32>(strip))
    v128.store(to, v128.load_splat<f32>(strip, 4), 16)
    v128.store(to, v128.load_splat<f32>(strip, 8), 32)
    v128.store(to, v128.load_splat<f32>(strip, 12), 48)
    to += 64
  }
}

/**
 * The innermost loop: a 4 × 8 tile of C over `steps` columns of the spread strip of A and rows of B. Strides in bytes. Two steps a
 * round share the round's overhead; the test between them is what keeps V8 from loading both steps' numbers first, and spilling.
 */
function multiplyTile(steps: i32, b: usize, c: usize, stride: usize, replaces: bool): void {
  let c00 = f32x4.splat(0), c01 = f32x4.splat(0)
  let c10 = f32x4.splat(0), c11 = f32x4.splat(0)
  let c20 = f32x4.splat(0), c21 = f32x4.splat(0)
  let c30 = f32x4.splat(0), c31 = f32x4.splat(0)
  let a = spreadA
  let b0: v128, b1: v128, x: v128
  const end = b + 32 * <usize>steps
  while (b < end) {
    b0 = v128.load(b)
    b1 = v128.load(b, 16)
    x = v128.load(a)
    c00 = f32x4.add(c00, f32x4.mul(x, b0))
    c01 = f32x4.add(c01, f32x4.mul(x, b1))
    x = v128.load(a, 16)
    c10 = f32x4.add(c10, f32x4.mul(x, b0))
    c11 = f32x4.add(c11, f32x4.mul(x, b1))
    x = v128.load(a, 32)
    c20 = f32x4.add(c20, f32x4.mul(x, b0))
    c21 = f32x4.add(c21, f32x4.mul(x, b1))
    x = v128.load(a, 48)
    c30 = f32x4.add(c30, f32x4.mul(x, b0))
    c31 = f32x4.add(c31, f32x4.mul(x, b1))
    if (b + 32 >= end) break
    b0 = v128.load(b, 32)
    b1 = v128.load(b, 48)
    x = v128.load(a, 64)
    c00 = f32x4.add(c00, f32x4.mul(x, b0))
    c01 = f32x4.add(c01, f32x4.mul(x, b1))
    x = v128.load(a, 80)
    c10 = f32x4.add(c10, f32x4.mul(x, b0))
    c11 = f32x4.add(c11, f32x4.mul(x, b1))
    x = v128.load(a, 96)
    c20 = f32x4.add(c20, f32x4.mul(x, b0))
    c21 = f32x4.add(c21, f32x4.mul(x, b1))
    x = v128.load(a, 112)
    c30 = f32x4.add(c30, f32x4.mul(x, b0))
    c31 = f32x4.add(c31, f32x4.mul(x, b1))
    a += 128
    b += 64
  }
  const r0 = c, r1 = c + stride, r2 = c + 2 * stride, r3 = c + 3 * stride
  if (!replaces) {
    c00 = f32x4.add(v128.load(r0), c00)
    c01 = f32x4.add(v128.load(r0, 16), c01)
    c10 = f32x4.add(v128.load(r1), c10)
    c11 = f32x4.add(v128.load(r1, 16), c11)
    c20 = f32x4.add(v128.load(r2), c20)
    c21 = f32x4.add(v128.load(r2, 16), c21)
    c30 = f32x4.add(v128.load(r3), c30)
    c31 = f32x4.add(v128.load(r3, 16), c31)
  }
  v128.store(r0, c00)
  v128.store(r0, c01, 16)
  v128.store(r1, c10)
  v128.store(r1, c11, 16)
  v128.store(r2, c20)
  v128.store(r2, c21, 16)
  v128.store(r3, c30)
  v128.store(r3, c31, 16)
}

/** Moves what counts of a tile at the edge of C, or across its diagonal, from the side buffer into C. */
function storeCutTile(tile: usize, strideC: i32, rows: i32, columns: i32, mode: i32, diagonal: i32): void {
  for (let i = 0; i < rows; i++) {
    const end = mode == addLower ? min(columns, diagonal + i + 1) : columns
    for (let j = 0; j < end; j++) {
      const to = tile + 4 * (<usize>i * strideC + j)
      const value = load<f32>(edgeTile + 4 * (<usize>i * tileColumns + j))
      store<f32>(to, mode == overwrite ? value : load<f32>(to) + value)
    }
  }
}

// Packing: strips of `width` lines (4 rows of A, or 8 columns of B), step by step, the last strip filled up with zeros.

/** The lines are rows in memory: each 4 × 4 square is turned in registers. */
function packRows(source: usize, stride: i32, lines: i32, steps: i32, width: i32, sign: f32, to: usize): void {
  const scale = f32x4.splat(sign)
  const row: usize = 4 * <usize>stride
  for (let line = 0; line < lines; line += width) {
    for (let quad = 0; quad < width; quad += 4) {
      const first = line + quad
      const target = to + 4 * (<usize>line * steps + quad)
      if (first + 4 <= lines) {
        let from = source + row * first
        let k = 0
        for (; k + 4 <= steps; k += 4) {
          const r0 = f32x4.mul(scale, v128.load(from)), r1 = f32x4.mul(scale, v128.load(from + row))
          const r2 = f32x4.mul(scale, v128.load(from + 2 * row)), r3 = f32x4.mul(scale, v128.load(from + 3 * row))
          const t0 = v128.shuffle<f32>(r0, r1, 0, 4, 1, 5), t1 = v128.shuffle<f32>(r0, r1, 2, 6, 3, 7)
          const t2 = v128.shuffle<f32>(r2, r3, 0, 4, 1, 5), t3 = v128.shuffle<f32>(r2, r3, 2, 6, 3, 7)
          const at = target + 4 * <usize>k * width
          v128.store(at, v128.shuffle<f32>(t0, t2, 0, 1, 4, 5))
          v128.store(at + 4 * <usize>width, v128.shuffle<f32>(t0, t2, 2, 3, 6, 7))
          v128.store(at + 8 * <usize>width, v128.shuffle<f32>(t1, t3, 0, 1, 4, 5))
          v128.store(at + 12 * <usize>width, v128.shuffle<f32>(t1, t3, 2, 3, 6, 7))
          from += 16
        }
        for (; k < steps; k++) packStep(source + 4 * <usize>k, row, first, 4, sign, target + 4 * <usize>k * width)
      } else {
        for (let k = 0; k < steps; k++) packStep(source + 4 * <usize>k, row, first, lines - first, sign, target + 4 * <usize>k * width)
      }
    }
  }
}

/** The lines are columns in memory: four neighbours are one load. */
function packColumns(source: usize, stride: i32, lines: i32, steps: i32, width: i32, sign: f32, to: usize): void {
  const scale = f32x4.splat(sign)
  for (let line = 0; line < lines; line += width) {
    for (let quad = 0; quad < width; quad += 4) {
      const first = line + quad
      let from = source + 4 * <usize>first
      let target = to + 4 * (<usize>line * steps + quad)
      for (let k = 0; k < steps; k++) {
        if (first + 4 <= lines) v128.store(target, f32x4.mul(scale, v128.load(from)))
        else packStep(source + 4 * <usize>stride * k, 4, first, lines - first, sign, target)
        from += 4 * <usize>stride
        target += 4 * <usize>width
      }
    }
  }
}

/** Up to four numbers, `stride` bytes apart, and zeros for those that are missing. */
function packStep(source: usize, stride: usize, first: i32, present: i32, sign: f32, target: usize): void {
  for (let i = 0; i < 4; i++) {
    store<f32>(target + 4 * <usize>i, i < present ? sign * load<f32>(source + stride * (first + i)) : 0)
  }
}
