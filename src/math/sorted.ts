/** Where `wanted` stands among the ascending values from `from` to before `to`; −1 when it is not there. Binary search. */
export function positionInSorted(values: Int32Array | Uint32Array, wanted: number, from = 0, to = values.length): number {
  let low = from
  let high = to - 1
  while (low <= high) {
    const middle = (low + high) >>> 1
    if (values[middle] === wanted) return middle
    if (values[middle] < wanted) low = middle + 1
    else high = middle - 1
  }
  return -1
}
