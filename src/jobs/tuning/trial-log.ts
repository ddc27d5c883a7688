/** The trials of a run as lines of a file, written as soon as each is finished: what a killed run has measured is not lost. */
import { appendFile, mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { SonaError } from '../../domain/errors.js'
import type { PlanSpec } from '../../pipeline/plan.js'
import type { Measured } from './laboratory.js'

/** One measurement: a plan, asked of so many users. */
export interface TrialLine {
  readonly stage: string
  /** 0 is what the stage began with. */
  readonly trial: number
  readonly users: number
  readonly plan: PlanSpec
  readonly value: number
  readonly error?: number
  readonly seconds: number
}

/** What a run must have in common with the one that it goes on with. */
export interface RunIdentity {
  /** The fingerprint of the data before the test. */
  readonly data: string
  readonly protocol: string
  readonly at: number
  readonly seed: number
  /** The plan that is tuned. */
  readonly plan: PlanSpec
  /** All that may be tried. */
  readonly space: unknown
}

export interface TrialLog {
  /** What an earlier run measured for exactly this. */
  find(stage: string, users: number, plan: PlanSpec): Measured | undefined
  append(lines: readonly TrialLine[]): Promise<void>
}

/**
 * Opens a run's file. A new run puts an earlier file aside, to `<file>.previous`; with `resume` it goes on with it, and throws
 * TUNING_DIFFERS when that was of other data, another seed, plan or search space.
 */
export async function openTrialLog(file: string, identity: RunIdentity, resume: boolean): Promise<TrialLog> {
  await mkdir(dirname(file), { recursive: true })
  const known = new Map<string, Measured>()
  const earlier = await textOf(file)
  if (resume && earlier?.includes('\n')) {
    const [head, ...lines] = wholeLines(earlier)
    assertSame(file, identity, head)
    for (const line of lines as TrialLine[]) known.set(keyOf(line.stage, line.users, line.plan), measuredIn(line))
    // A line that was being written when the run was killed has no end; the next one must not continue it.
    await writeFile(file, earlier.slice(0, earlier.lastIndexOf('\n') + 1))
  } else {
    if (earlier !== undefined) await rename(file, `${file}.previous`)
    await writeFile(file, `${JSON.stringify(identity)}\n`)
  }
  return {
    find: (stage, users, plan) => known.get(keyOf(stage, users, plan)),
    async append(lines) {
      for (const line of lines) known.set(keyOf(line.stage, line.users, line.plan), measuredIn(line))
      await appendFile(file, lines.map((line) => `${JSON.stringify(line)}\n`).join(''))
    },
  }
}

function measuredIn({ value, error }: TrialLine): Measured {
  return { value, ...(error !== undefined && { error }) }
}

function keyOf(stage: string, users: number, plan: PlanSpec): string {
  return JSON.stringify([stage, users, plan])
}

async function textOf(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new SonaError('FILE_NOT_FOUND', `${file} cannot be read: ${(error as Error).message}.`, { cause: error })
  }
}

function wholeLines(text: string): unknown[] {
  const lines = text.slice(0, text.lastIndexOf('\n')).split('\n')
  try {
    return lines.map((line) => JSON.parse(line) as unknown)
  } catch (cause) {
    throw new SonaError('INVALID_FILE', 'The trials of the earlier run cannot be read; start anew without --resume.', { cause })
  }
}

const differences: Readonly<Record<keyof RunIdentity, string>> = {
  data: 'the data have changed',
  protocol: 'it was of another protocol',
  at: 'its lists had another length',
  seed: 'it had another seed',
  plan: 'it tuned another plan',
  space: 'the search space has changed',
}

function assertSame(file: string, identity: RunIdentity, earlier: unknown): void {
  const of = (run: unknown, field: string): string => JSON.stringify((run as Record<string, unknown> | null)?.[field])
  const differing = (Object.keys(differences) as (keyof RunIdentity)[]).filter(
    (field) => of(identity, field) !== of(earlier, field),
  )
  if (differing.length === 0) return
  const why = differing.map((field) => differences[field]).join(', ')
  throw new SonaError(
    'TUNING_DIFFERS',
    `${file} is of another run: ${why}. Start anew without --resume, or choose another --report.`,
  )
}
