// Walks over sparse rows: what touches a few thousand of many numbers.

/**
 * One level of a walk: the mass of each active node flows along its edges, and becomes zero. Mass below `tolerance` for each edge it
 * would take is lost. `arriving` grows by what arrives; nodes that had nothing there before are listed in `reached`, whose length
 * is returned.
 */
export function pushLevel(
  start: usize, index: usize, value: usize, active: usize, count: i32, tolerance: f32, mass: usize, arriving: usize, reached: usize,
): i32 {
  let found = 0
  for (let k = 0; k < count; k++) {
    const node = <usize>load<u32>(active + 4 * <usize>k)
    const pushed = load<f32>(mass + 4 * node)
    store<f32>(mass + 4 * node, 0)
    const from = load<u32>(start + 4 * node), end = load<u32>(start + 4 * node, 4)
    if (pushed < tolerance * <f32>(end - from)) continue
    for (let at = from; at < end; at++) {
      const to = load<u32>(index + 4 * <usize>at)
      const there = load<f32>(arriving + 4 * <usize>to)
      if (there === 0) {
        store<u32>(reached + 4 * <usize>found, to)
        found++
      }
      store<f32>(arriving + 4 * <usize>to, there + pushed * load<f32>(value + 4 * <usize>at))
    }
  }
  return found
}

/**
 * For each of the places p, in the row r = owners[k] of weight[r] > 0: what stands at a distance d of at most `window` in that row
 * gains weight[r] · scale · near[d] when it comes later, weight[r] · scale · before[d] when it comes earlier.
 */
export function windowVotes(
  count: i32, places: usize, owners: usize, weight: usize, scale: f32,
  start: usize, items: usize, window: i32, near: usize, before: usize, out: usize,
): void {
  for (let k = 0; k < count; k++) {
    const row = 4 * <usize>load<u32>(owners + 4 * <usize>k)
    const own = load<f32>(weight + row)
    if (!(own > 0)) continue
    const share = own * scale
    const place = load<i32>(places + 4 * <usize>k)
    const first = max(load<i32>(start + row), place - window)
    const end = min(load<i32>(start + row, 4), place + window + 1)
    for (let at = first; at < place; at++) gain(out, items, at, share * load<f32>(before + 4 * <usize>(place - at)))
    for (let at = place + 1; at < end; at++) gain(out, items, at, share * load<f32>(near + 4 * <usize>(at - place)))
  }
}

// @ts-ignore: decorator
@inline
function gain(out: usize, items: usize, at: i32, by: f32): void {
  const to = out + 4 * <usize>load<u32>(items + 4 * <usize>at)
  store<f32>(to, load<f32>(to) + by)
}
