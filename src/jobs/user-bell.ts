import type { Store } from '../storage/store.js'

/** Wakes whoever waits for users to do something. */
export interface UserBell {
  /** Resolves when a user changed since the last time, else after so long, or at the signal. */
  next(longestMs: number, signal: AbortSignal): Promise<void>
  close(): void
}

/** Where many events come in, each look finds what came in so many milliseconds. */
const LEAST_MS = 25

/** Rings at the store's hints, which may be lost: whoever waits looks now and then all the same. */
export function createUserBell(store: Pick<Store, 'onUserChanged'>): UserBell {
  let hasRung = false
  let wake = (): void => {}
  const unsubscribe = store.onUserChanged(() => {
    hasRung = true
    wake()
  })
  const pause = (ms: number, signal: AbortSignal, isWaiting: boolean): Promise<void> =>
    new Promise((resolve) => {
      const end = (): void => {
        clearTimeout(timer)
        signal.removeEventListener('abort', end)
        wake = () => {}
        resolve()
      }
      const timer = setTimeout(end, ms)
      signal.addEventListener('abort', end)
      if (isWaiting) wake = end
      if (signal.aborted || (isWaiting && hasRung)) end()
    })

  return {
    async next(longestMs, signal) {
      await pause(LEAST_MS, signal, false)
      await pause(longestMs - LEAST_MS, signal, true)
      hasRung = false
    },
    close: unsubscribe,
  }
}
