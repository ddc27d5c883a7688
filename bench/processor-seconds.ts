import { readdirSync, readFileSync } from 'node:fs'
import type { Database } from '../src/storage/database.js'

const TICKS_PER_SECOND = 100

export interface ProcessorSeconds {
  readonly own: number
  readonly server: number
}

/** A clock of the processor time of this process, and of the PostgreSQL server of this database: of all its processes, wherever their work came from. */
export async function processorClock(database: Database): Promise<() => ProcessorSeconds> {
  const [row] = await database.query<{ pid: number }>({ text: 'select pg_backend_pid() as pid' })
  const server = parentOf(statOf(`${row!.pid}`)!)
  return () => {
    const { user, system } = process.cpuUsage()
    const living = readdirSync('/proc').flatMap((name) => {
      const stat = /^\d+$/.test(name) ? statOf(name) : undefined
      return stat !== undefined && parentOf(stat) === server ? [stat] : []
    })
    const postmaster = statOf(`${server}`)!
    const ticks = living.reduce((sum, stat) => sum + ticksOf(stat), ticksOf(postmaster) + ticksOfEnded(postmaster))
    return { own: (user + system) / 1e6, server: ticks / TICKS_PER_SECOND }
  }
}

/** What follows a process's name in /proc; undefined: it has ended. */
function statOf(pid: string): readonly string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  } catch {
    return undefined
  }
}

const parentOf = (stat: readonly string[]): string => stat[1]!
const ticksOf = (stat: readonly string[]): number => Number(stat[11]) + Number(stat[12])
/** Of its children that have ended: a backend, or a worker of autovacuum, may end between two looks. */
const ticksOfEnded = (stat: readonly string[]): number => Number(stat[13]) + Number(stat[14])
