import type { EpochMs } from '../domain/time.js'
import type { Landscape } from './landscape.js'

/** What a viewer has done so far. One is used for viewer after viewer, so that a user costs no memory of the catalogue's size. */
export interface Memory {
  /** Ends the life of one viewer and begins the next one's. */
  forget(): void
  /** Is the viewer done with a title: seen, dropped or refused? */
  isDone(title: number): boolean
  finish(title: number): void
  /** How many parts of a title were watched. */
  partsSeen(title: number): number
  seePart(title: number): void
  /** Items that were enjoyed, to be seen again. */
  readonly enjoyed: number[]
  /** The last viewing; undefined before the first. */
  last: LastViewing | undefined
}

export interface LastViewing {
  readonly title: number
  readonly enjoyment: number
  readonly isCompleted: boolean
  readonly endedAt: EpochMs
}

export function createMemory({ titles }: Landscape): Memory {
  const doneBy = new Uint32Array(titles.count) // the number of the viewer who is done with it
  const parts = new Map<number, number>()
  let viewer = 1
  const memory: Memory = {
    enjoyed: [],
    last: undefined,
    forget() {
      viewer++
      parts.clear()
      memory.enjoyed.length = 0
      memory.last = undefined
    },
    isDone: (title) => doneBy[title] === viewer,
    finish(title) {
      doneBy[title] = viewer
    },
    partsSeen: (title) => parts.get(title) ?? 0,
    seePart(title) {
      const seen = memory.partsSeen(title) + 1
      parts.set(title, seen)
      if (seen === titles.partStart[title + 1] - titles.partStart[title]) memory.finish(title)
    },
  }
  return memory
}
