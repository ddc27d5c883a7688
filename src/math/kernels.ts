/**
 * The dense arithmetic that training and scoring spend their time in, over arrays that live in one arena.
 *
 * Every array given to a kernel must lie in the kernels' arena; one that does not is an assertion failure, never a silent copy.
 * Nothing here knows what a row stands for.
 */
import { checked } from './kernel-arguments.js'
import type { Kernels } from './kernel-interface.js'
import type { Arena } from './memory.js'
import { plainKernels } from './plain-kernels.js'
import { wasmKernels } from './wasm-kernels.js'

export type { AlsHalfStep, Kernels } from './kernel-interface.js'

/** The fast kernels: WebAssembly SIMD on the arena's memory. Several may share a memory; give each thread its own. */
export function createKernels(arena: Arena): Kernels {
  return checked(wasmKernels(arena))
}

/** The obviously right twin of every kernel in plain TypeScript: what the fast ones are tested against. */
export function createPlainKernels(arena: Arena): Kernels {
  return checked(plainKernels(arena))
}
