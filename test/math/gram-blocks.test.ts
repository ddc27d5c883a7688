import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { csrFromTriplets, gram } from '../../src/math/csr.js'
import { gramBlocks } from '../../src/math/gram-blocks.js'

const cases = fc.record({
  entries: fc.array(fc.tuple(fc.nat(14), fc.nat(9), fc.integer({ min: 1, max: 3 })), { maxLength: 60 }),
  blocks: fc.array(fc.uniqueArray(fc.nat(9), { maxLength: 8 }), { minLength: 1, maxLength: 4 }),
  keptRows: fc.nat(12),
})

describe('blocks of a Gram matrix', () => {
  it('are those of the whole one, however many rows are kept', () => {
    fc.assert(
      fc.property(cases, ({ entries, blocks, keptRows }) => {
        const [row, column, value] = [0, 1, 2].map((part) => entries.map((entry) => entry[part]!))
        const x = csrFromTriplets(15, 10, { row: row!, column: column!, value: value! })
        const whole = new Float32Array(100)
        gram(x, whole)
        const fill = gramBlocks(x, keptRows * 10 * 4)
        for (const block of blocks) {
          const out = new Float32Array(block.length ** 2).fill(-1)
          fill(Uint32Array.from(block), out)
          expect([...out]).toEqual(block.flatMap((i) => block.map((j) => whole[i * 10 + j]!)))
        }
      }),
    )
  })
})
