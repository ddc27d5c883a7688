/**
 * A bump allocator over one shared WebAssembly memory: where matrices live so that kernels and other threads read them in place.
 *
 * Nothing is freed one by one. Long-lived arrays stay for the life of the arena; scratch is taken between `mark()` and `release()`.
 */
import { assert } from './assert.js'
import { type SharedMemory, webAssembly } from './webassembly.js'

export type { SharedMemory } from './webassembly.js'

/**
 * Arrays made here can be read by the kernels without a copy, and by any thread that is given the memory. They start as zeros.
 * An arena belongs to one thread; another thread works in a region of its own, see `attachArena`.
 */
export interface Arena {
  readonly memory: SharedMemory
  f32(length: number): Float32Array
  f64(length: number): Float64Array
  i32(length: number): Int32Array
  u32(length: number): Uint32Array
  u8(length: number): Uint8Array
  /** As `f32`, with whatever was there before: for what is written whole before it is read. */
  unclearedF32(length: number): Float32Array
  /** The address of that many bytes for a kernel's own use. Unlike arrays they may hold old values: nothing is spent on clearing them. */
  scratch(bytes: number): number
  /** Everything allocated after `mark()` is given back by `release(mark)`. For scratch; arrays given back must not be used again. */
  mark(): number
  release(mark: number): void
  /** True when the array lies in this arena's memory, whoever allocated it: then its `byteOffset` is its address for a kernel. */
  holds(array: ArrayBufferView): boolean
  /** Bytes in use by arrays of this arena, the gaps that alignment leaves included. */
  readonly usedBytes: number
}

/** An arena may not grow beyond its budget. `code` names the row of the error table that tells the operator what to do. */
export class MemoryBudgetExceeded extends RangeError {
  readonly code = 'MEMORY_BUDGET_EXCEEDED'
  override readonly name = 'MemoryBudgetExceeded'
}

const pageBytes = 65_536
const maxPages = 65_536 // the whole 32-bit address space, 4 GiB
const growPages = 64 // memory grows by at least 4 MiB, so that small arrays do not each pay for it
const alignmentBytes = 64 // one cache line

/** An empty arena that grows on demand up to `maxBytes` (at most 4 GiB); beyond that, allocation throws MemoryBudgetExceeded. */
export function createArena(maxBytes: number): Arena {
  assert(maxBytes >= pageBytes && maxBytes <= maxPages * pageBytes, `an arena holds 64 KiB to 4 GiB, not ${maxBytes} bytes`)
  const maximum = Math.floor(maxBytes / pageBytes)
  const memory = new webAssembly.Memory({ initial: 1, maximum, shared: true })

  const grow = (to: number) => {
    const missing = Math.ceil((to - memory.buffer.byteLength) / pageBytes)
    if (missing <= 0) return
    const free = maximum - memory.buffer.byteLength / pageBytes
    memory.grow(Math.min(Math.max(missing, growPages), free))
  }
  return arenaOver({ memory, from: 0, to: maximum * pageBytes, isZero: true, grow })
}

/**
 * An arena over the region [from, to) of a memory that another thread made: this thread's scratch. The region must exist already
 * (the owner allocates it, for instance with `u8`, and passes its `byteOffset`), and nobody else may write to it.
 */
export function attachArena(memory: SharedMemory, from: number, to: number): Arena {
  assert(from >= 0 && from <= to && to <= memory.buffer.byteLength, `the region ${from} to ${to} is not inside the memory`)
  return arenaOver({ memory, from, to, isZero: false, grow: () => {} })
}

interface Region {
  readonly memory: SharedMemory
  readonly from: number
  readonly to: number
  /** Whether nobody wrote to the region yet. */
  readonly isZero: boolean
  /** Makes the memory reach at least to this address. */
  grow(to: number): void
}

function arenaOver({ memory, from, to, isZero, grow }: Region): Arena {
  const first = align(from) + alignmentBytes // the first line is for the probe below, and keeps address 0 unused
  assert(first <= to, 'an arena needs room for at least two cache lines')
  grow(first)
  const probe = new Int32Array(memory.buffer, first - alignmentBytes, 1)
  const known = new WeakSet<ArrayBufferLike>()
  let next = first
  let touched = isZero ? first : to // bytes below this address may hold old values, above it all are zero

  /** Moves the end of what is in use by that many bytes; returns where they begin. */
  function take(bytes: number): number {
    const end = next + align(bytes)
    if (end > to) throw new MemoryBudgetExceeded(overBudget(end - next, to - next))
    grow(end)
    const begin = next
    next = end
    return begin
  }

  function scratch(bytes: number): number {
    const begin = take(bytes)
    touched = Math.max(touched, next)
    return begin
  }

  function allocate<T>(View: ArrayView<T>, length: number): T {
    assert(Number.isSafeInteger(length) && length >= 0, `an array of ${length} elements`)
    const begin = take(length * View.BYTES_PER_ELEMENT)
    const { buffer } = memory
    known.add(buffer)
    // Eight bytes at a time: both ends are whole cache lines, and V8 fills shared bytes one by one (eight times slower).
    if (begin < touched) new Float64Array(buffer, begin, (Math.min(next, touched) - begin) / 8).fill(0)
    touched = Math.max(touched, next)
    return new View(buffer, begin, length)
  }

  return {
    memory,
    f32: (length) => allocate(Float32Array, length),
    f64: (length) => allocate(Float64Array, length),
    i32: (length) => allocate(Int32Array, length),
    u32: (length) => allocate(Uint32Array, length),
    u8: (length) => allocate(Uint8Array, length),
    unclearedF32: (length) => new Float32Array(memory.buffer, scratch(length * 4), length),
    scratch,
    mark: () => next,
    release(mark) {
      assert(mark >= first && mark <= next, `released to ${mark}, which no mark() gave or which was given back already`)
      next = mark
    },
    holds({ buffer }) {
      if (known.has(buffer)) return true
      const same = isSameMemory(probe, buffer)
      if (same) known.add(buffer)
      return same
    },
    get usedBytes() {
      return next - first
    },
  }
}

interface ArrayView<T> {
  readonly BYTES_PER_ELEMENT: number
  new (buffer: SharedArrayBuffer, byteOffset: number, length: number): T
}

/**
 * Each growth of a shared memory, and each posting to a thread, makes a new buffer object over the same bytes, so that identity
 * says nothing. What is written through one must be seen through the other. Runs once per buffer object.
 */
function isSameMemory(probe: Int32Array, buffer: ArrayBufferLike): boolean {
  if (!(buffer instanceof SharedArrayBuffer) || buffer.byteLength < probe.byteOffset + 4) return false
  const seen = new Int32Array(buffer, probe.byteOffset, 1)
  const before = Atomics.load(probe, 0)
  const same = [before + 1, before - 1].every((value) => {
    Atomics.store(probe, 0, value)
    return Atomics.load(seen, 0) === (value | 0)
  })
  Atomics.store(probe, 0, before)
  return same
}

function align(bytes: number): number {
  return Math.ceil(bytes / alignmentBytes) * alignmentBytes
}

function overBudget(needed: number, left: number): string {
  const mib = (bytes: number) => (bytes / 2 ** 20).toFixed(1)
  return `An array of ${mib(needed)} MiB does not fit: ${mib(left)} MiB of this memory's budget are left. Raise the memory budget or use a smaller model.`
}
