import PgBoss from 'pg-boss'
import { SonaError } from '../domain/errors.js'
import { bossPort } from './boss-port.js'
import type { Database, Queries } from './database.js'
import type { Job, JobLine, JobQueue, JobTotal, TakenJob } from './job-queue.js'
import {
  addToTotal,
  countJobs,
  deleteForgottenRuns,
  insertRun,
  type JobRow,
  lockRun,
  lockSilent,
  putBack,
  SCHEMA,
  selectJobs,
  selectReady,
  startNow,
  stateOf,
  tryAgain,
  updateRun,
} from './job-statements.js'

const MOST_REASON = 2_000
const DAY_SECONDS = 86_400
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

const settings = {
  schema: SCHEMA,
  supervise: false,
  schedule: false,
  maintenanceIntervalSeconds: 60,
  archiveCompletedAfterSeconds: 7 * DAY_SECONDS,
  archiveFailedAfterSeconds: 30 * DAY_SECONDS,
  deleteAfterDays: 1,
} as const

/**
 * The queue, on pg-boss, over the connections that everything else uses. What pg-boss does not know stands beside it in
 * `sona.job_runs`: who has a job and when he was last heard of, how far it is, and what a later attempt need not do again.
 */
export function bossQueue(database: Database): JobQueue {
  const lines = new Map<string, JobLine>()
  const port = bossPort(database)
  let started: Promise<PgBoss> | undefined
  const supervisors = new Set<PgBoss>()

  /** pg-boss with its tables made, when it is first needed. */
  function boss(): Promise<PgBoss> {
    started ??= start({ ...settings, db: port })
    started.catch(() => {
      started = undefined // the database may be there the next time
    })
    return started
  }

  async function ask<Row extends object>(statement: Parameters<Queries['query']>[0]): Promise<Row[]> {
    await boss()
    return database.query<Row>(statement)
  }

  async function rowOf(id: string): Promise<JobRow> {
    const [row] = UUID.test(id) ? await ask<JobRow>(selectJobs({ id: id.toLowerCase(), limit: 1 })) : []
    if (row === undefined)
      throw new SonaError('JOB_NOT_FOUND', `There is no job ${id.slice(0, 100)}. \`sona jobs list\` says which there are.`)
    return row
  }

  /** Runs the body if the job is still this run's, and counts the attempt. */
  async function ending(
    job: TakenJob,
    outcome: JobTotal['outcome'],
    body: (transaction: Queries) => Promise<unknown>,
  ): Promise<boolean> {
    return database.transaction(async (transaction) => {
      const [mine] = await transaction.query<{ seconds: number }>(lockRun(job))
      if (mine === undefined) return false
      await body(transaction)
      await transaction.query(addToTotal(job.kind, outcome, mine.seconds))
      return true
    })
  }

  return {
    async declare(wanted) {
      const queue = await boss()
      for (const line of wanted) {
        if (JSON.stringify(lines.get(line.kind)) === JSON.stringify(line)) continue
        const options = {
          name: line.kind,
          policy: line.atOnce === 'one' ? ('stately' as const) : ('short' as const),
          retryLimit: line.retries,
          retryDelay: line.retryDelaySeconds,
          retryBackoff: true,
          expireInSeconds: line.longestSeconds,
        }
        await queue.createQueue(line.kind, options)
        await queue.updateQueue(line.kind, options)
        lines.set(line.kind, line)
      }
    },

    async add(kind, input) {
      // Of a kind that many may run at once, jobs that are told different things do not stand for each other.
      const singletonKey = lines.get(kind)?.atOnce === 'many' ? JSON.stringify(input) : ''
      return (await (await boss()).send(kind, input, { singletonKey })) ?? undefined
    },
    get: async (id) => jobOf(await rowOf(id)),
    list: async (options) => (await ask<JobRow>(selectJobs(options))).map(jobOf),

    async cancel(id) {
      const { kind, state } = await rowOf(id)
      if (!['created', 'retry', 'active'].includes(state)) throw wrongState(id, state, 'be cancelled')
      await (await boss()).cancel(kind, id)
    },

    async retry(id) {
      const { kind, state } = await rowOf(id)
      try {
        const [again] = await ask(tryAgain(id, kind, lines.get(kind)?.retries ?? 0))
        if (again === undefined) throw wrongState(id, state, 'be tried again')
      } catch (error) {
        if (!isDuplicate(error)) throw error
        throw new SonaError(
          'JOB_STATE',
          `Another job of the kind ${kind} waits for its next attempt; this one would do the same.`,
        )
      }
    },

    async counts() {
      const rows = await ask<{ kind: string; state: string; jobs: number }>(countJobs())
      return rows.map(({ kind, state, jobs }) => ({ kind, state: stateOf(state), jobs }))
    },

    totals: () => database.query<JobTotal>({ text: 'select kind, outcome, runs, seconds from sona.job_totals' }),

    async take(kinds, worker) {
      const queue = await boss()
      const ready = new Set((await database.query<{ kind: string }>(selectReady(kinds))).map(({ kind }) => kind))
      for (const kind of kinds.filter((each) => ready.has(each))) {
        const [job] = await queue.fetch<object>(kind, { includeMetadata: true })
        if (job === undefined) continue // another worker was quicker
        const attempt = job.retryCount + 1
        const run = `${worker}/${attempt}`
        const [row] = await database.query<{ checkpoint: unknown }>(insertRun(job.id, run))
        return { id: job.id, kind, input: job.data ?? {}, attempt, run, checkpoint: row?.checkpoint ?? undefined }
      }
      return undefined
    },

    beat: async (job, at) => (await database.query(updateRun(job, at))).length > 0,
    keep: async (job, checkpoint) => (await database.query(updateRun(job, { checkpoint }))).length > 0,

    async done(job, result) {
      const queue = await boss()
      return ending(job, 'done', (transaction) => queue.complete(job.kind, job.id, result, { db: bossPort(transaction) }))
    },

    async failed(job, reason) {
      const queue = await boss()
      const said = { message: reason.slice(0, MOST_REASON) }
      await ending(job, 'failed', (transaction) => failOne(queue, job, said, transaction))
    },

    stopped: async ({ kind }) => void (await database.query(addToTotal(kind, 'cancelled', 0))),

    async release(job) {
      const queue = await boss()
      try {
        await database.transaction(async (transaction) => {
          const [mine] = await transaction.query(lockRun(job))
          if (mine !== undefined) await transaction.query(putBack(job.id, job.kind))
        })
      } catch (error) {
        if (!isDuplicate(error)) throw error
        await queue.cancel(job.kind, job.id) // another of its kind waits, and does the same
      }
    },

    async reap(silentMs) {
      const queue = await boss()
      return database.transaction(async (transaction) => {
        const silent = await transaction.query<{ id: string; kind: string; worker: string; seconds: number }>(
          lockSilent(silentMs),
        )
        for (const job of silent) {
          const said = { message: `Its worker ${job.worker} fell silent: it was killed, or its machine is gone.` }
          await failOne(queue, job, said, transaction)
          await transaction.query(startNow(job.id, job.kind))
          await transaction.query(addToTotal(job.kind, 'lost', job.seconds))
        }
        return silent.length
      })
    },

    sweep: async () => (await ask(deleteForgottenRuns())).length,

    async supervise(schedules, onProblem) {
      const queue = await start({ ...settings, db: port, supervise: true, schedule: true }, onProblem)
      supervisors.add(queue) // closed with the store, at the latest
      const wanted = new Set(schedules.map(({ kind }) => kind))
      for (const { name } of await queue.getSchedules()) if (!wanted.has(name)) await queue.unschedule(name)
      for (const { kind, cron, timeZone, input = {} } of schedules) await schedule(queue, kind, cron, input, timeZone)
      return {
        async stop() {
          supervisors.delete(queue)
          await queue.stop({ graceful: false })
        },
      }
    },

    async schedules() {
      interface Row {
        readonly name: string
        readonly cron: string
        readonly timezone: string
        readonly data: object | null
      }
      const rows = (await (await boss()).getSchedules()) as unknown as readonly Row[] // its types name other fields than its table has
      return rows.map(({ name, cron, timezone, data }) => ({ kind: name, cron, timeZone: timezone, input: data ?? {} }))
    },

    async close() {
      for (const each of supervisors) await each.stop({ graceful: false })
      await (await started?.catch(() => undefined))?.stop({ graceful: false })
    },
  }
}

async function start(options: PgBoss.ConstructorOptions, onProblem: (error: unknown) => void = () => {}): Promise<PgBoss> {
  const queue = new PgBoss(options)
  queue.on('error', onProblem) // an error event that nobody hears would end the process
  await queue.start()
  return queue
}

/** pg-boss reads the five fields, and says of none what is wrong with it. */
async function schedule(queue: PgBoss, kind: string, cron: string, input: object, timeZone: string): Promise<void> {
  try {
    await queue.schedule(kind, cron, input, { tz: timeZone })
  } catch (cause) {
    if (cause instanceof SonaError) throw cause
    throw new SonaError('INVALID_SCHEDULE', `The time of ${kind}, ‘${cron}’, cannot be read: ${(cause as Error).message}`, {
      cause,
    })
  }
}

/** Its types know no `db` here; the code does. */
function failOne(
  queue: PgBoss,
  { kind, id }: { readonly kind: string; readonly id: string },
  reason: object,
  transaction: Queries,
): Promise<unknown> {
  const fail = queue.fail as (name: string, id: string, data: object, options: PgBoss.ConnectionOptions) => Promise<unknown>
  return fail(kind, id, reason, { db: bossPort(transaction) })
}

function jobOf(row: JobRow): Job {
  const state = stateOf(row.state)
  const output = row.output as { readonly message?: unknown; readonly value?: { readonly message?: unknown } } | null
  const reason = output?.message ?? output?.value?.message
  return {
    id: row.id,
    kind: row.kind,
    state,
    input: row.input ?? {},
    createdAt: row.created_at,
    startAfter: row.start_after,
    ...(row.started_at !== null && { startedAt: row.started_at }),
    ...(row.ended_at !== null && { endedAt: row.ended_at }),
    attempt: row.started_at === null ? row.retry_count : row.retry_count + 1,
    attempts: row.retry_limit + 1,
    progress: state === 'done' ? 1 : (row.progress ?? 0),
    stage: row.stage ?? '',
    ...(row.worker !== null && { worker: row.worker }),
    ...(state === 'done' && output !== null && { result: output }),
    ...(state !== 'done' && typeof reason === 'string' && { reason }),
  }
}

function wrongState(id: string, state: string, wish: string): SonaError {
  return new SonaError('JOB_STATE', `The job ${id} is ${stateOf(state)} and cannot ${wish}.`)
}

/** A unique index said no. */
function isDuplicate(error: unknown): boolean {
  return (error as { code?: unknown } | undefined)?.code === '23505'
}
