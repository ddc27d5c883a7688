/** What the neural kernels expect of their arguments, asserted in one place for both implementations. */
import { assertBelow, assertHeld, assertLength, rowsOf } from './array-assertions.js'
import { assert } from './assert.js'
import type { Arena } from './memory.js'
import type { NeuralKernels } from './neural-kernel-interface.js'

/** The same kernels, behind assertions. */
export function checkedNeural(kernels: NeuralKernels, arena: Arena): NeuralKernels {
  const held = (...arrays: (Float32Array | Uint32Array | Int32Array)[]) => assertHeld(arena, arrays)

  return {
    product(product) {
      const { a, b, inner, out } = product
      held(a, b, out)
      assert(inner > 0, 'a product of nothing')
      assertLength('out', out, rowsOf(a, inner) * rowsOf(b, inner))
      kernels.product(product)
    },

    layerNorm(norm) {
      const { columns, input, gain, offset, normalized, inverseDeviation, out } = norm
      held(input, gain, offset, normalized, inverseDeviation, out)
      assertWidth(columns)
      for (const array of [input, normalized, out]) assertLength('rows', array, inverseDeviation.length * columns)
      for (const array of [gain, offset]) assertLength('gain or offset', array, columns)
      kernels.layerNorm(norm)
    },

    layerNormBackward(norm) {
      const { columns, outGradient, gain, normalized, inverseDeviation, inputGradient, gainGradient, offsetGradient } = norm
      held(outGradient, gain, normalized, inverseDeviation, inputGradient, gainGradient, offsetGradient)
      assertWidth(columns)
      for (const array of [outGradient, normalized, inputGradient]) assertLength('rows', array, inverseDeviation.length * columns)
      for (const array of [gain, gainGradient, offsetGradient]) assertLength('gain or offset', array, columns)
      kernels.layerNormBackward(norm)
    },

    gatedRecurrence(recurrence) {
      const { columns, start, bias, gates, state, out } = recurrence
      held(start, bias, gates, state, out)
      assertRuns(start, columns, gates, state, out)
      assertLength('bias', bias, 3 * columns)
      kernels.gatedRecurrence(recurrence)
    },

    gatedRecurrenceBackward(recurrence) {
      const { columns, start, outGradient, state, gates, biasGradient } = recurrence
      held(start, outGradient, state, gates, biasGradient)
      assertRuns(start, columns, gates, state, outGradient)
      assertLength('biasGradient', biasGradient, 3 * columns)
      kernels.gatedRecurrenceBackward(recurrence)
    },

    rectify(x, bias) {
      held(x, bias)
      assertWidth(bias.length)
      rowsOf(x, bias.length)
      kernels.rectify(x, bias)
    },

    rectifyBackward(out, gradient, biasGradient) {
      held(out, gradient, biasGradient)
      assertWidth(biasGradient.length)
      rowsOf(out, biasGradient.length)
      assertLength('gradient', gradient, out.length)
      kernels.rectifyBackward(out, gradient, biasGradient)
    },

    sampledSoftmax(softmax) {
      const { scores, offset, own, ownColumn, chance, columnGradient } = softmax
      held(scores, offset, own, ownColumn, chance, columnGradient)
      assertWidth(offset.length)
      assertLength('scores', scores, own.length * offset.length)
      assertLength('columnGradient', columnGradient, offset.length)
      for (const array of [ownColumn, chance]) assertLength('ownColumn or chance', array, own.length)
      for (const column of ownColumn) assert(column >= -1 && column < offset.length, 'ownColumn is beyond the columns')
      kernels.sampledSoftmax(softmax)
    },

    gatherRows(table, columns, rows, out) {
      assertRows(table, columns, rows, out)
      kernels.gatherRows(table, columns, rows, out)
    },

    scatterRows(x, columns, rows, table, weights) {
      assertRows(table, columns, rows, x)
      if (weights !== undefined) {
        held(weights)
        assertLength('weights', weights, rows.length)
      }
      kernels.scatterRows(x, columns, rows, table, weights)
    },

    addRows(table, columns, rows, weights, x) {
      held(weights)
      assertRows(table, columns, rows, x)
      assertLength('weights', weights, rows.length)
      kernels.addRows(table, columns, rows, weights, x)
    },

    rowProducts(x, columns, rows, table, out) {
      held(out)
      assertRows(table, columns, rows, x)
      assertLength('out', out, rows.length)
      kernels.rowProducts(x, columns, rows, table, out)
    },

    adamStep(step) {
      const { value, gradient, mean, square } = step
      held(value, gradient, mean, square)
      assertWidth(value.length)
      for (const array of [gradient, mean, square]) assertLength('gradient, mean or square', array, value.length)
      kernels.adamStep(step)
    },
  }

  function assertRows(table: Float32Array, columns: number, rows: Uint32Array, some: Float32Array): void {
    held(table, rows, some)
    assertLength('the rows', some, rows.length * columns)
    assertBelow('rows', rows, rowsOf(table, columns))
  }
}

function assertWidth(columns: number): void {
  assert(columns % 4 === 0, () => `${columns} is not a multiple of four`)
}

function assertRuns(start: Uint32Array, columns: number, gates: Float32Array, state: Float32Array, out: Float32Array): void {
  assertWidth(columns)
  assert(start.length > 0 && start[0] === 0, 'the first run starts at 0')
  for (let run = 0; run + 1 < start.length; run++) assert(start[run] <= start[run + 1], 'start does not ascend')
  const rows = start[start.length - 1]
  assertLength('gates', gates, 3 * rows * columns)
  for (const array of [state, out]) assertLength('state or out', array, rows * columns)
}
