/** The thread of memory.test.ts: works on arrays of another thread's arena, with scratch in its own region of the same memory. */
import { parentPort, workerData } from 'node:worker_threads'
import { createKernels } from '../../src/math/kernels.js'
import { attachArena, type SharedMemory } from '../../src/math/memory.js'

interface Task {
  readonly memory: SharedMemory
  readonly from: number
  readonly to: number
  readonly shared: Float32Array
}

const { memory, from, to } = workerData as Omit<Task, 'shared'>
const arena = attachArena(memory, from, to)
const kernels = createKernels(arena)

parentPort?.on('message', (shared: Float32Array) => {
  const own = arena.f32(shared.length)
  own.fill(2)
  const product = kernels.dot(shared, own)
  shared[0] = product
  parentPort?.postMessage({ product, ownOffset: own.byteOffset })
})
