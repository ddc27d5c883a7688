/** Puts a list into a random order, in place, each order as likely as any other (Durstenfeld 1964). `below` draws whole numbers under a bound. */
export function shuffle<T>(list: { readonly length: number; [at: number]: T }, below: (bound: number) => number): void {
  for (let at = list.length - 1; at > 0; at--) {
    const pick = below(at + 1)
    const drawn = list[pick]
    list[pick] = list[at]
    list[at] = drawn
  }
}
