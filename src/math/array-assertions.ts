/** What kernels assert of the arrays they are given: they address raw memory, where a wrong length reads somebody else's numbers. */
import { assert } from './assert.js'
import type { Arena } from './memory.js'

export type KernelArray = Float64Array | Float32Array | Uint32Array | Int32Array | Int16Array | Int8Array

export function assertHeld(arena: Arena, arrays: readonly KernelArray[]): void {
  for (const array of arrays) {
    assert(
      arena.holds(array),
      'an array given to a kernel does not lie in its arena; allocate it with arena.f32() or arena.u32()',
    )
  }
}

export function assertLength(name: string, array: KernelArray, length: number): void {
  assert(array.length === length, () => `${name} has ${array.length} numbers where ${length} were expected`)
}

export function assertAtLeast(name: string, array: KernelArray, length: number): void {
  assert(array.length >= length, () => `${name} has ${array.length} numbers where at least ${length} were expected`)
}

export function assertBelow(name: string, indexes: Uint32Array, bound: number): void {
  for (let i = 0; i < indexes.length; i++) {
    if (indexes[i] >= bound) assert(false, `${name}[${i}] is ${indexes[i]}, beyond the ${bound} rows there are`)
  }
}

export function rowsOf(matrix: Float32Array, columns: number): number {
  if (columns === 0) return 0
  assert(matrix.length % columns === 0, () => `${matrix.length} numbers are no matrix of ${columns} columns`)
  return matrix.length / columns
}
