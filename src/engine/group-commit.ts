import type { Event } from '../domain/event.js'
import type { EventAppend } from '../storage/store.js'

/** Most events written in one transaction for waiting requests. */
const BATCH_LIMIT = 1_000

type Append = (events: readonly Event[]) => Promise<EventAppend>

/**
 * Appends events of many requests together: while one transaction is under way, what arrives waits for the next. One request
 * alone pays nothing for it, and many share the cost of a commit. Each caller learns the fate of its own events only.
 */
export function groupCommit(append: Append): Append {
  interface Waiting {
    readonly events: readonly Event[]
    readonly resolve: (append: EventAppend) => void
    readonly reject: (error: unknown) => void
  }
  let waiting: Waiting[] = []
  let isWriting = false

  async function drain(): Promise<void> {
    isWriting = true
    while (waiting.length > 0) {
      const group = takeGroup()
      try {
        const { receipts, versions } = await append(group.flatMap(({ events }) => events))
        let from = 0
        for (const { events, resolve } of group) {
          resolve({ receipts: receipts.slice(from, from + events.length), versions })
          from += events.length
        }
      } catch (error) {
        for (const { reject } of group) reject(error)
      }
    }
    isWriting = false
  }

  function takeGroup(): Waiting[] {
    let size = 0
    const end = waiting.findIndex(({ events }, at) => {
      size += events.length
      return at > 0 && size > BATCH_LIMIT
    })
    const group = end < 0 ? waiting : waiting.slice(0, end)
    waiting = waiting.slice(group.length)
    return group
  }

  return (events) =>
    new Promise((resolve, reject) => {
      waiting.push({ events, resolve, reject })
      if (!isWriting) void drain()
    })
}
