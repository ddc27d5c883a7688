import { mkdtempSync, readdirSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type HomeLock, lockHome } from '../../src/storage/home-lock.js'
import { startChild } from './child.js'

let home: string
const locks: HomeLock[] = []
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'sona-test-lock-'))
})
afterEach(() => {
  for (const lock of locks.splice(0)) lock.release()
  rmSync(home, { recursive: true, force: true })
})

const path = (): string => join(home, 'sona.lock')
function lock(): void {
  locks.push(lockHome(home))
}

/** Writes the lock as this process would have, with some of it different. */
function leave(changes: Record<string, unknown>): void {
  const own = lockHome(home)
  const text = readFileSync(path(), 'utf8')
  own.release()
  writeFileSync(path(), JSON.stringify({ ...JSON.parse(text), ...changes }))
}

function silentFor(ms: number): void {
  const then = new Date(Date.now() - ms)
  utimesSync(path(), then, then)
}

describe('the lock of a home', () => {
  it('names its holder and goes when it is released', () => {
    lock()
    expect(JSON.parse(readFileSync(path(), 'utf8'))).toMatchObject({ pid: process.pid, host: hostname() })
    locks.pop()!.release()
    expect(readdirSync(home)).toEqual([])
  })

  it('is not given twice', () => {
    lock()
    expect(lock).toThrow(
      expect.objectContaining({ code: 'HOME_IN_USE', message: expect.stringContaining(`process ${process.pid}`) }),
    )
    expect(readdirSync(home)).toEqual(['sona.lock'])
  })

  it('is taken over when its holder is gone', () => {
    leave({ pid: 2 ** 22 + 1 }) // beyond the largest pid Linux gives
    lock()
    expect(JSON.parse(readFileSync(path(), 'utf8')).pid).toBe(process.pid)
    expect(readdirSync(home)).toEqual(['sona.lock'])
  })

  it.runIf(process.platform === 'linux')('is taken over when the holder’s pid now belongs to another process', () => {
    leave({ startTicks: '1' })
    lock()
  })

  it('of a place that cannot be looked into is taken over only after a silence', () => {
    leave({ place: 'another machine', host: 'elsewhere' })
    expect(lock).toThrow(expect.objectContaining({ code: 'HOME_IN_USE', message: expect.stringContaining('elsewhere') }))
    silentFor(31_000)
    lock()
  })

  it('that a power cut left empty is taken over only after a silence', () => {
    writeFileSync(path(), '')
    expect(lock).toThrow(expect.objectContaining({ code: 'HOME_IN_USE' }))
    silentFor(31_000)
    lock()
  })

  it('stays with whoever took it over when the old holder releases', () => {
    const old = lockHome(home)
    const mine = JSON.stringify({ ...JSON.parse(readFileSync(path(), 'utf8')), since: 'later' })
    writeFileSync(path(), mine)
    old.release()
    expect(readFileSync(path(), 'utf8')).toBe(mine)
  })

  it('goes to one of many processes that find it stale at the same time', async () => {
    for (let round = 0; round < 3; round++) {
      leave({ pid: 2 ** 22 + 1 })
      const rivals = Array.from({ length: 4 }, () => startChild('take-lock.ts', [home]))
      await Promise.all(rivals.map((rival) => rival.until((lines) => lines.length > 0)))
      const outcomes = rivals.map((rival) => rival.lines()[0])
      expect(outcomes.filter((outcome) => outcome === 'locked').length, outcomes.join()).toBe(1)
      expect(outcomes.filter((outcome) => outcome === 'HOME_IN_USE').length, outcomes.join()).toBe(3)
      await Promise.all(rivals.map((rival) => rival.kill()))
      rmSync(path(), { force: true })
    }
  })
})
