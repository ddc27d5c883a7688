// Boosted trees over a table of candidates.

/**
 * out[r] = Σ over the trees of the leaf that row r of `values` falls into, added up in the order of the trees; see math/forest.ts.
 * Four rows go down a tree side by side: each waits for memory, and none for another.
 */
export function forestScores(
  trees: i32, roots: usize, feature: usize, value: usize, left: usize, values: usize, rows: i32, width: i32, out: usize,
): void {
  memory.fill(out, 0, 4 * <usize>rows)
  const stride: usize = 4 * <usize>width
  for (let tree = 0; tree < trees; tree++) {
    const root = load<u32>(roots + 4 * <usize>tree)
    let row = values
    let r: usize = 0
    for (; r + 16 <= 4 * <usize>rows; r += 16) {
      let a = root, b = root, c = root, d = root
      const row1 = row + stride, row2 = row1 + stride, row3 = row2 + stride
      for (;;) {
        const fa = load<i32>(feature + 4 * <usize>a), fb = load<i32>(feature + 4 * <usize>b)
        const fc = load<i32>(feature + 4 * <usize>c), fd = load<i32>(feature + 4 * <usize>d)
        if ((fa & fb & fc & fd) < 0) break
        if (fa >= 0) a = childOf(a, fa, row, value, left)
        if (fb >= 0) b = childOf(b, fb, row1, value, left)
        if (fc >= 0) c = childOf(c, fc, row2, value, left)
        if (fd >= 0) d = childOf(d, fd, row3, value, left)
      }
      addTo(out + r, value, a)
      addTo(out + r + 4, value, b)
      addTo(out + r + 8, value, c)
      addTo(out + r + 12, value, d)
      row = row3 + stride
    }
    for (; r < 4 * <usize>rows; r += 4) {
      let node = root
      for (let f = load<i32>(feature + 4 * <usize>node); f >= 0; f = load<i32>(feature + 4 * <usize>node)) {
        node = childOf(node, f, row, value, left)
      }
      addTo(out + r, value, node)
      row += stride
    }
  }
}

// @ts-ignore: decorator
@inline
function childOf(node: u32, f: i32, row: usize, value: usize, left: usize): u32 {
  const isRight = load<f32>(row + 4 * <usize>f) > load<f32>(value + 4 * <usize>node) // false for NaN
  return load<u32>(left + 4 * <usize>node) + <u32>isRight
}

// @ts-ignore: decorator
@inline
function addTo(at: usize, value: usize, leaf: u32): void {
  store<f32>(at, load<f32>(at) + load<f32>(value + 4 * <usize>leaf))
}
