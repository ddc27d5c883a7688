import type { Adapter } from '../../src/adapters/adapter.js'
import type { SharedTier } from '../../src/adapters/tier.js'

/** c_qᵀ (s·B₀ + g·B_u) A x by the letter of the formula: first the directions of the item, then each cell of the query. */
export function unfoldedEffect(
  { space, base }: SharedTier,
  adapter: Adapter,
  shares: { readonly shared: number; readonly own: number },
  query: Float32Array,
  x: Float32Array,
): number {
  const along = Array.from({ length: space.rank }, (_, j) =>
    x.reduce((sum, value, f) => sum + space.directions[j * x.length + f]! * value, 0),
  )
  let effect = 0
  query.forEach((cell, k) => {
    along.forEach((z, j) => {
      const at = k * space.rank + j
      effect += cell * (shares.shared * base[at]! + shares.own * adapter.values[at]!) * z
    })
  })
  return effect
}
