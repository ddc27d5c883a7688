/** What the kernels for lists expect of their arguments, asserted in one place for both implementations. */
import { assertAtLeast, assertHeld, assertLength } from './array-assertions.js'
import { assert } from './assert.js'
import type { ListKernels } from './list-kernel-interface.js'
import type { Arena } from './memory.js'

/** The same kernels, behind assertions. */
export function checkedLists(kernels: ListKernels, arena: Arena): ListKernels {
  return {
    softmax(logits, chances, count) {
      assertHeld(arena, [logits, chances])
      assert(count > 0, 'the softmax of nothing')
      assertAtLeast('logits', logits, count)
      assertAtLeast('chances', chances, count)
      kernels.softmax(logits, chances, count)
    },

    alongEight(x, rows, turned, out) {
      assertHeld(arena, [x, turned, out])
      assert(turned.length % 8 === 0, 'eight numbers for each column')
      assertAtLeast('x', x, (rows * turned.length) / 8)
      assertAtLeast('out', out, rows * 8)
      kernels.alongEight(x, rows, turned, out)
    },

    countGreater(values, out, count) {
      assertHeld(arena, [values, out])
      assertAtLeast('values', values, count)
      assertAtLeast('out', out, count)
      kernels.countGreater(values, out, count)
    },

    boundedSums(sums) {
      const { values, rows, weight, mean, inverse, out } = sums
      assertHeld(arena, [values, weight, mean, inverse, out])
      for (const [name, array] of Object.entries({ mean, inverse })) assertLength(name, array, weight.length)
      assertAtLeast('values', values, rows * weight.length)
      assertAtLeast('out', out, rows)
      kernels.boundedSums(sums)
    },
  }
}
