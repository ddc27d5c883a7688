/** Until when something may take. Reads the clock; nothing measured depends on it but how much is measured. */
export interface Deadline {
  /** Aborts when the time is over, or when the whole run is stopped. */
  readonly signal: AbortSignal
  remainingMs(): number
  isOver(): boolean
  /** A deadline after this share of what is left. */
  part(share: number): Deadline
}

/** @param ms Infinity: no limit but `stop` */
export function deadlineIn(ms: number, stop: AbortSignal): Deadline {
  const end = performance.now() + ms
  const signal = Number.isFinite(ms) ? AbortSignal.any([stop, AbortSignal.timeout(Math.max(0, Math.floor(ms)))]) : stop
  const remainingMs = (): number => Math.max(0, end - performance.now())
  return {
    signal,
    remainingMs,
    isOver: () => signal.aborted || remainingMs() === 0,
    part: (share) => deadlineIn(remainingMs() * share, signal),
  }
}
