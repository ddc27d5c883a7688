import type { RecommendationStore, ServedRecommendation } from '../storage/store.js'

/** Writes down what was served, in batches and behind the answer: an answer never waits for it. */
export interface Recorder {
  record(served: ServedRecommendation): void
  /** Answers that were served and could not be kept: the database was away for longer than the queue is long. */
  readonly dropped: number
  /** Writes all that is waiting. */
  flush(): Promise<void>
}

/** How long an answer waits for others to be written with. */
const BATCH_MS = 250
const BATCH_LIMIT = 500
/** Some minutes of a busy server; beyond it what comes is dropped and counted. */
const QUEUE_LIMIT = 20_000
const RETRY_MS = 1_000

export function createRecorder(store: RecommendationStore): Recorder {
  let queue: ServedRecommendation[] = []
  let dropped = 0
  let timer: NodeJS.Timeout | undefined
  let writing: Promise<void> | undefined

  function schedule(delayMs: number): void {
    timer ??= setTimeout(() => {
      timer = undefined
      void write()
    }, delayMs).unref()
  }

  async function write(): Promise<void> {
    if (writing !== undefined) return writing
    const batch = queue.slice(0, BATCH_LIMIT)
    if (batch.length === 0) return
    writing = store.record(batch).then(
      () => {
        queue = queue.slice(batch.length)
        writing = undefined
        if (queue.length > 0) schedule(0)
      },
      () => {
        // Kept and tried again: the queue is the recovery, `dropped` is what the operator is told.
        writing = undefined
        schedule(RETRY_MS)
      },
    )
    return writing
  }

  return {
    get dropped() {
      return dropped
    },
    record(served) {
      if (queue.length < QUEUE_LIMIT) queue.push(served)
      else dropped++
      schedule(BATCH_MS)
    },
    async flush() {
      for (let tries = 0; queue.length > 0 && tries <= QUEUE_LIMIT / BATCH_LIMIT; tries++) await write()
      clearTimeout(timer)
    },
  }
}
