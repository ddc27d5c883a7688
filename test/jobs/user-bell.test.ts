import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import type { UserId } from '../../src/domain/ids.js'
import { createUserBell } from '../../src/jobs/user-bell.js'

const ann = 'ann' as UserId

function bellOfOne() {
  const listeners = new Set<(user: UserId) => void>()
  const bell = createUserBell({
    onUserChanged(listener) {
      const each = (user: UserId): void => listener(user, undefined)
      listeners.add(each)
      return () => listeners.delete(each)
    },
  })
  const ring = (): void => {
    for (const listener of listeners) listener(ann)
  }
  return { bell, ring, listeners }
}

async function timed(wait: Promise<void>): Promise<number> {
  const began = performance.now()
  await wait
  return performance.now() - began
}

const never = new AbortController().signal

describe('the bell of users', () => {
  it('wakes whoever waits as soon as somebody does something', async () => {
    const { bell, ring } = bellOfOne()
    setTimeout(ring, 60)
    expect(await timed(bell.next(5_000, never))).toBeLessThan(1_000)
  })

  it('wakes at once when somebody did something while nobody waited', async () => {
    const { bell, ring } = bellOfOne()
    ring()
    expect(await timed(bell.next(5_000, never))).toBeLessThan(1_000)
  })

  it('wakes after so long when nobody does anything, and then anew', async () => {
    const { bell, ring } = bellOfOne()
    ring()
    await bell.next(5_000, never)
    expect(await timed(bell.next(80, never))).toBeGreaterThan(70)
  })

  it('lets some milliseconds pass between two looks, however much is done', async () => {
    const { bell, ring } = bellOfOne()
    const ringing = setInterval(ring, 1)
    const took = await timed(
      (async () => {
        for (let n = 0; n < 5; n++) await bell.next(5_000, never)
      })(),
    )
    clearInterval(ringing)
    expect(took).toBeGreaterThan(5 * 20)
  })

  it('wakes at the signal, and hears nothing once it is closed', async () => {
    const { bell, listeners } = bellOfOne()
    const stop = new AbortController()
    void sleep(30).then(() => stop.abort())
    expect(await timed(bell.next(5_000, stop.signal))).toBeLessThan(1_000)
    bell.close()
    expect(listeners.size).toBe(0)
  })
})
