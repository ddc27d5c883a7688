/**
 * What every kernel expects of its arguments, asserted in one place for both implementations. A kernel addresses raw memory: a
 * wrong length or a row beyond the matrix would read or overwrite somebody else's numbers.
 */
import { assertBelow, assertHeld, assertLength, type KernelArray, rowsOf } from './array-assertions.js'
import { assert } from './assert.js'
import type { AlsHalfStep, Kernels } from './kernel-interface.js'
import { checkedLists } from './list-kernel-arguments.js'
import type { Arena } from './memory.js'
import { checkedNeural } from './neural-kernel-arguments.js'

/** The same kernels, behind assertions. Costs some tens of nanoseconds a call, plus one look at each row number. */
export function checked(kernels: Kernels): Kernels {
  const { arena } = kernels
  const held = (...arrays: KernelArray[]) => assertHeld(arena, arrays)

  return {
    arena,
    ...checkedLists(kernels, arena),
    ...checkedNeural(kernels, arena),

    dot(a, b) {
      held(a, b)
      assertLength('b', b, a.length)
      return kernels.dot(a, b)
    },

    axpy(alpha, x, y) {
      held(x, y)
      assertLength('y', y, x.length)
      kernels.axpy(alpha, x, y)
    },

    weightedRowSum(matrix, columns, rows, weights, out) {
      held(matrix, rows, weights, out)
      assertLength('weights', weights, rows.length)
      assertLength('out', out, columns)
      assertBelow('rows', rows, rowsOf(matrix, columns))
      kernels.weightedRowSum(matrix, columns, rows, weights, out)
    },

    matrixVector(matrix, columns, vector, out) {
      held(matrix, vector, out)
      assertLength('vector', vector, columns)
      assertLength('matrix', matrix, out.length * columns)
      kernels.matrixVector(matrix, columns, vector, out)
    },

    byteMatrixVector(matrix, columns, vector, scales, out) {
      held(matrix, vector, scales, out)
      assert(columns % 16 === 0 && columns <= 2_048, 'columns are a multiple of 16, at most 2,048')
      assertLength('vector', vector, columns)
      assertLength('matrix', matrix, out.length * columns)
      assertLength('scales', scales, out.length)
      kernels.byteMatrixVector(matrix, columns, vector, scales, out)
    },

    moments(values) {
      held(values)
      return kernels.moments(values)
    },

    topK(scores, admissible, into) {
      held(scores, into)
      if (admissible !== undefined) assert(admissible.size === scores.length, 'a bit for each score')
      return kernels.topK(scores, admissible, into)
    },

    forestScores(forest, values, width, out) {
      const { roots, feature, value, left } = forest
      held(roots, feature, value, left, values, out)
      assertLength('values', values, out.length * width)
      kernels.forestScores(forest, values, width, out)
    },

    pushLevel(csr, level, tolerance) {
      const { active, mass, arriving, reached } = level
      held(csr.start, csr.index, csr.value, active, mass, arriving, reached)
      for (const [name, array] of Object.entries({ mass, arriving, reached })) assertLength(name, array, csr.rows)
      assertBelow('active', active, csr.rows)
      return kernels.pushLevel(csr, level, tolerance)
    },

    windowVotes(rows, voters, near, before, out) {
      const { places, owners, weight } = voters
      held(rows.start, rows.items, places, owners, weight, near, before, out)
      assertLength('owners', owners, places.length)
      assertLength('weight', weight, rows.start.length - 1)
      assertLength('before', before, near.length)
      assert(near.length > 0, 'a window of 0 places or more')
      kernels.windowVotes(rows, voters, near, before, out)
    },

    cholesky(a, n, between) {
      held(a)
      assertLength('a', a, n * n)
      kernels.cholesky(a, n, between)
    },

    invertSpd(a, n, between) {
      held(a)
      assertLength('a', a, n * n)
      kernels.invertSpd(a, n, between)
    },

    solveCholesky(factor, n, b, m) {
      held(factor, b)
      assertLength('factor', factor, n * n)
      assertLength('b', b, n * m)
      kernels.solveCholesky(factor, n, b, m)
    },

    factorGram(fixed, factors, out) {
      held(fixed, out)
      rowsOf(fixed, factors)
      assertLength('out', out, factors * factors)
      kernels.factorGram(fixed, factors, out)
    },

    alsHalfStep(args) {
      assertAls(arena, args)
      kernels.alsHalfStep(args)
    },

    alsSolveRows(args) {
      assertAls(arena, args)
      kernels.alsSolveRows(args)
    },

    alsImproveRows(args, steps) {
      assertAls(arena, args)
      assert(Number.isInteger(steps) && steps > 0, 'at least one step')
      kernels.alsImproveRows(args, steps)
    },
  }
}

function assertAls(arena: Arena, args: AlsHalfStep): void {
  const { start, columns, confidence, fixed, gram, out, factors, regularization } = args
  assertHeld(arena, [start, columns, confidence, fixed, gram, out, regularization])
  assert(factors > 0, 'at least one factor')
  assert(start.length > 0, 'start has one offset more than there are rows')
  const rows = start.length - 1
  assertLength('gram', gram, factors * factors)
  assertLength('out', out, rows * factors)
  assertLength('regularization', regularization, rows)
  assertLength('columns', columns, start[rows])
  assertLength('confidence', confidence, start[rows])
  for (let row = 0; row < rows; row++) assert(start[row] <= start[row + 1], 'start does not ascend')
  assertBelow('columns', columns.subarray(start[0]), rowsOf(fixed, factors))
}
