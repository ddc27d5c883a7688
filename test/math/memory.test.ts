import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import { describe, expect, it } from 'vitest'
import { attachArena, createArena, MemoryBudgetExceeded } from '../../src/math/memory.js'

const mib = 2 ** 20

describe('an arena', () => {
  it('gives zeroed arrays that do not overlap, each on a cache line', () => {
    const arena = createArena(mib)
    const arrays = [arena.u8(3), arena.f64(5), arena.f32(0), arena.i32(7), arena.u32(1), arena.f32(33)]
    arrays.forEach((array, i) => {
      array.fill(i + 1)
    })
    arrays.forEach((array, i) => {
      expect(array.byteOffset % 64).toBe(0)
      expect(array.byteOffset).toBeGreaterThan(0)
      expect([...array].every((value) => value === i + 1)).toBe(true)
    })
  })

  it('gives back what was allocated after the mark, and zeroes it when it is used again', () => {
    const arena = createArena(mib)
    const kept = arena.f32(10).fill(1)
    const before = arena.usedBytes
    const mark = arena.mark()
    const scratch = arena.f32(1000).fill(2)
    expect(arena.usedBytes).toBeGreaterThanOrEqual(before + 4000)
    arena.release(mark)
    expect(arena.usedBytes).toBe(before)
    const next = arena.f64(2000)
    expect(next.byteOffset).toBe(scratch.byteOffset)
    expect(next.every((value) => value === 0)).toBe(true)
    expect(kept.every((value) => value === 1)).toBe(true)
  })

  it('clears nothing where that is not asked for', () => {
    const arena = createArena(2 ** 20)
    const mark = arena.mark()
    arena.f32(100).fill(2)
    arena.release(mark)
    const uncleared = arena.unclearedF32(100)
    expect([uncleared.length, uncleared[0], arena.holds(uncleared)]).toEqual([100, 2, true])
    arena.release(mark)
    expect(arena.f32(100)[0]).toBe(0)
  })

  it('refuses a release that goes forward or below the beginning', () => {
    const arena = createArena(mib)
    const mark = arena.mark()
    arena.u8(100)
    const inner = arena.mark()
    arena.release(mark)
    expect(() => arena.release(inner)).toThrow('given back already')
    expect(() => arena.release(mark - 64)).toThrow('given back already')
  })

  it('grows on demand while earlier arrays keep working', () => {
    const arena = createArena(64 * mib)
    const early = arena.f32(4).fill(1)
    const bytesBefore = arena.memory.buffer.byteLength
    const late = arena.f32(5 * mib)
    expect(arena.memory.buffer.byteLength).toBeGreaterThan(bytesBefore)
    late[5 * mib - 1] = 3
    early[1] = 7
    expect([...early]).toEqual([1, 7, 1, 1])
    expect([...new Float32Array(arena.memory.buffer, early.byteOffset, 4)]).toEqual([1, 7, 1, 1])
    expect(arena.holds(early) && arena.holds(late)).toBe(true)
  })

  it('says how much is missing when the budget is spent, and stays usable', () => {
    const arena = createArena(2 * mib)
    expect(() => arena.f32(mib)).toThrow(MemoryBudgetExceeded)
    expect(() => arena.f32(mib)).toThrow(/4\.0 MiB does not fit.*Raise the memory budget/)
    expect(arena.f32(mib / 4).length).toBe(mib / 4)
    expect(new MemoryBudgetExceeded().code).toBe('MEMORY_BUDGET_EXCEEDED')
  })

  it('uses its budget to the last line', () => {
    const arena = createArena(65_536)
    arena.u8(65_536 - 64)
    expect(() => arena.u8(1)).toThrow(MemoryBudgetExceeded)
  })

  it('holds nothing that lies elsewhere', () => {
    const arena = createArena(mib)
    const other = createArena(mib)
    expect(arena.holds(new Float32Array(4))).toBe(false)
    expect(arena.holds(new Float32Array(new SharedArrayBuffer(65_536)))).toBe(false)
    expect(arena.holds(other.f32(4))).toBe(false)
    expect(other.holds(arena.f32(4))).toBe(false)
  })

  it('addresses the whole 4 GiB', () => {
    const arena = createArena(2 ** 32)
    arena.u8(2 ** 32 - mib) // reserved, never touched
    const top = arena.f32(1000).fill(5)
    expect(top.byteOffset).toBeGreaterThanOrEqual(2 ** 32 - mib)
    expect(top[999]).toBe(5)
  })
})

describe('a region of another arena', () => {
  it('allocates inside its bounds only', () => {
    const owner = createArena(mib)
    const region = owner.u8(1000).fill(9)
    const from = region.byteOffset
    const arena = attachArena(owner.memory, from, from + region.byteLength)
    const array = arena.f32(100)
    expect(array.every((value) => value === 0)).toBe(true)
    expect(array.byteOffset).toBeGreaterThanOrEqual(from)
    expect(() => arena.f32(200)).toThrow(MemoryBudgetExceeded)
    expect(() => attachArena(owner.memory, from, 100 * mib)).toThrow('not inside the memory')
    expect(arena.holds(owner.f32(1)) && owner.holds(array)).toBe(true)
  })

  it('lets another thread run kernels over shared arrays, those made after a growth too', async () => {
    const arena = createArena(64 * mib)
    const early = arena.f32(100).fill(1)
    const region = arena.u8(mib)
    const from = region.byteOffset
    const thread = startThread('./attached-thread.ts', { memory: arena.memory, from, to: from + mib })
    try {
      thread.postMessage(early)
      const [first] = await once(thread, 'message')
      expect(first.product).toBe(200)
      expect(early[0]).toBe(200)
      expect(first.ownOffset).toBeGreaterThanOrEqual(from)
      expect(first.ownOffset).toBeLessThan(from + mib)

      arena.u8(8 * mib)
      const late = arena.f32(100).fill(3)
      thread.postMessage(late)
      const [second] = await once(thread, 'message')
      expect(second.product).toBe(600)
      expect(late[0]).toBe(600)
    } finally {
      await thread.terminate()
    }
  })
})

/** Node resolves TypeScript in a thread only after the loader was registered there. */
function startThread(file: string, workerData: unknown): Worker {
  const entry = JSON.stringify(new URL(file, import.meta.url).href)
  return new Worker(`import('tsx/esm/api').then(({ register }) => (register(), import(${entry})))`, { eval: true, workerData })
}
