import type { Arena } from './memory.js'

/** Does some work and gives back whatever it allocated in the arena, also when it throws. */
export function withScratch<T>(arena: Arena, work: () => T): T {
  const mark = arena.mark()
  try {
    return work()
  } finally {
    arena.release(mark)
  }
}
