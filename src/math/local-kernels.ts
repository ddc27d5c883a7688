import { createKernels, type Kernels } from './kernels.js'
import { createArena } from './memory.js'

/** Of addresses; of memory only what was needed is taken. */
const MOST_BYTES = 2 ** 26

let own: Kernels | undefined

/**
 * Kernels on a small memory of this thread's own, made when first asked for: for small arrays that lie elsewhere. They are copied into a
 * room (below), and what comes out is copied out.
 */
export function localKernels(): Kernels {
  own ??= createKernels(createArena(MOST_BYTES))
  return own
}

/**
 * Room in that memory, used again and again: `room(n)` has space for n numbers at least, whose values are what was last in it. Each use ends
 * before the next begins. It grows by doubling, for what was given up is not taken back.
 */
function roomOf<T extends Float32Array | Float64Array | Int32Array>(
  make: (kernels: Kernels, length: number) => T,
): (length: number) => T {
  let held: T | undefined
  return (length) => {
    if (held === undefined || held.length < length) held = make(localKernels(), 2 ** Math.ceil(Math.log2(Math.max(64, length))))
    return held
  }
}

export const f32Room = (): ((length: number) => Float32Array) => roomOf(({ arena }, length) => arena.f32(length))
export const f64Room = (): ((length: number) => Float64Array) => roomOf(({ arena }, length) => arena.f64(length))
export const i32Room = (): ((length: number) => Int32Array) => roomOf(({ arena }, length) => arena.i32(length))
