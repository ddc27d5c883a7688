import { linkSync, mkdirSync, readFileSync, readlinkSync, renameSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { SonaError } from '../domain/errors.js'
import { homeError } from './home-errors.js'

/** Who has the home directory open, as the lock file says. */
interface Holder {
  readonly pid: number
  /** When the process began, in the kernel's ticks since boot: a number that the next process with this pid does not have. */
  readonly startTicks: string
  /** Names the kernel's boot and the container, within which pid and ticks mean anything. */
  readonly place: string
  readonly host: string
  readonly since: string
  readonly command: string
}

export interface HomeLock {
  release(): void
}

const BEAT_EVERY_MS = 5_000
/** A holder that cannot be looked at (another container, another machine) is taken for dead when it has been silent this long. */
const SILENCE_MS = 30_000

/**
 * Makes this process the only one that has the embedded database of `home` open; PGlite itself would let two in, and they would
 * destroy it. A lock whose holder is gone (kill −9, power cut) is taken over. Throws HOME_IN_USE, naming the holder.
 */
export function lockHome(home: string): HomeLock {
  const path = join(home, 'sona.lock')
  const own = JSON.stringify(thisProcess())
  try {
    mkdirSync(home, { recursive: true, mode: 0o700 })
    acquire(home, path, own)
  } catch (error) {
    throw homeError(home, error)
  }
  const beat = setInterval(() => {
    try {
      utimesSync(path, new Date(), new Date())
    } catch {
      clearInterval(beat) // somebody removed the file; there is nothing left to keep fresh
    }
  }, BEAT_EVERY_MS)
  beat.unref()
  return {
    release() {
      clearInterval(beat)
      if (readLock(path)?.text === own) rmSync(path, { force: true })
    },
  }
}

function acquire(home: string, path: string, own: string): void {
  const draft = `${path}.${process.pid}.${process.hrtime.bigint()}`
  writeFileSync(draft, own, { mode: 0o600 })
  try {
    for (let attempt = 0; attempt < 3; attempt++) {
      if (linked(draft, path)) return
      const lock = readLock(path)
      if (lock === undefined) continue // released a moment ago
      if (isAlive(lock)) throw inUse(home, path, lock.holder)
      removeStale(path, draft, lock.text)
    }
    throw inUse(home, path, readLock(path)?.holder)
  } finally {
    rmSync(draft, { force: true })
  }
}

/** A link is made in one step and never over an existing file: of two processes one gets it, with its content already in it. */
function linked(draft: string, path: string): boolean {
  try {
    linkSync(draft, path)
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}

/** Two processes may find the same stale lock: whoever moved away a lock that is not stale puts it back. */
function removeStale(path: string, draft: string, stale: string): void {
  const aside = `${draft}.stale`
  try {
    renameSync(path, aside)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return
    throw error
  }
  if (readLock(aside)?.text !== stale) linked(aside, path)
  rmSync(aside, { force: true })
}

interface Lock {
  readonly text: string
  readonly holder: Holder | undefined
  readonly silentMs: number
}

function readLock(path: string): Lock | undefined {
  try {
    const text = readFileSync(path, 'utf8')
    const silentMs = Date.now() - statSync(path).mtimeMs
    return { text, holder: parseHolder(text), silentMs }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    return JSON.parse(text) as Holder
  } catch {
    return undefined // empty after a power cut: only its age says anything
  }
}

function isAlive({ holder, silentMs }: Lock): boolean {
  if (holder === undefined || holder.place !== placeOf()) return silentMs < SILENCE_MS
  return startTicksOf(holder.pid) === holder.startTicks
}

function thisProcess(): Holder {
  return {
    pid: process.pid,
    startTicks: startTicksOf(process.pid) ?? 'unknown',
    place: placeOf(),
    host: hostname(),
    since: new Date().toISOString(),
    command: process.argv.slice(1).join(' ').slice(0, 200),
  }
}

/** The 22nd field of /proc/<pid>/stat; undefined when there is no such process. Without /proc, only whether it lives. */
function startTicksOf(pid: number): string | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // The second field is the program's name in parentheses and may itself hold spaces and parentheses.
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')[19]
  } catch {
    if (process.platform === 'linux') return undefined
    return isRunning(pid) ? 'unknown' : undefined
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

function placeOf(): string {
  const parts = [hostname()]
  try {
    parts.push(readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim(), readlinkSync('/proc/self/ns/pid'))
  } catch {
    // not Linux: the host's name must do
  }
  return parts.join(' ')
}

function inUse(home: string, path: string, holder: Holder | undefined): SonaError {
  const who =
    holder === undefined
      ? 'another process'
      : `process ${holder.pid} on ${holder.host} (${holder.command}, since ${holder.since})`
  return new SonaError(
    'HOME_IN_USE',
    `${home} is in use by ${who}. The embedded database belongs to one process: stop that one, or use a PostgreSQL server through DATABASE_URL. The lock is ${path}.`,
    { details: holder },
  )
}
