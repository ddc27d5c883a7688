import type { JobState } from '../domain/job.js'
import { textArray } from './binary-arrays.js'
import type { Statement } from './database.js'
import type { JobOutcome } from './job-queue.js'

/** The schema that pg-boss keeps its tables in; it makes and migrates them itself. */
export const SCHEMA = 'sona_jobs'

/** pg-boss has lines of its own, for its clock. */
const OURS = "not starts_with(j.name, '__')"

const states: Readonly<Record<string, JobState>> = {
  created: 'waiting',
  retry: 'waiting',
  active: 'running',
  completed: 'done',
  cancelled: 'cancelled',
  failed: 'dead',
}

/** pg-boss's word for a state, in ours. */
export function stateOf(word: string): JobState {
  return states[word] as JobState
}

export interface JobRow {
  readonly id: string
  readonly kind: string
  readonly state: string
  readonly input: unknown
  readonly output: unknown
  readonly created_at: number
  readonly start_after: number
  readonly started_at: number | null
  readonly ended_at: number | null
  readonly retry_count: number
  readonly retry_limit: number
  readonly progress: number | null
  readonly stage: string | null
  readonly worker: string | null
}

const milliseconds = (column: string): string => `(extract(epoch from ${column}) * 1000)::double precision`

export function selectJobs({
  id,
  kind,
  state,
  limit,
}: {
  readonly id?: string
  readonly kind?: string
  readonly state?: JobState
  readonly limit: number
}): Statement {
  const words = state === undefined ? Object.keys(states) : Object.keys(states).filter((word) => states[word] === state)
  return {
    text: `
      select
        j.id::text, j.name as kind, j.state::text, j.data as input, j.output, ${milliseconds('j.created_on')} as created_at,
        ${milliseconds('j.start_after')} as start_after, ${milliseconds('j.started_on')} as started_at,
        ${milliseconds('j.completed_on')} as ended_at, j.retry_count, j.retry_limit, r.progress, r.stage, r.worker
      from ${SCHEMA}.job j
      left join sona.job_runs r on r.job_id = j.id
      where ${OURS}
        and ($1::text is null or j.id::text = $1)
        and ($2::text is null or j.name = $2)
        and j.state::text = any ($3::text[])
      order by j.created_on desc, j.id
      limit $4`,
    values: [id ?? null, kind ?? null, textArray(words), limit],
  }
}

/** Kinds among these with a job whose time has come, and which may run now. */
export function selectReady(kinds: readonly string[]): Statement {
  return {
    name: 'sona-jobs-ready',
    text: `
      select distinct j.name as kind
      from ${SCHEMA}.job j
      where j.name = any ($1::text[]) and j.state < 'active' and j.start_after <= now()
        and (
          j.policy is distinct from 'stately'
          or not exists (select from ${SCHEMA}.job a where a.name = j.name and a.state = 'active' and a.policy = 'stately')
        )`,
    values: [textArray([...kinds])],
  }
}

/** Says who has a job. What an earlier attempt kept stays. */
export function insertRun(id: string, run: string): Statement {
  return {
    text: `
      insert into sona.job_runs (job_id, worker) values ($1, $2)
      on conflict (job_id) do update set worker = excluded.worker, heartbeat_at = now()
      returning checkpoint`,
    values: [id, run],
  }
}

/** No row: the job is not this run's any more. Primary keys. */
export function updateRun(
  { id, kind, run }: { readonly id: string; readonly kind: string; readonly run: string },
  change: { readonly progress: number; readonly stage: string } | { readonly checkpoint: object },
): Statement {
  const isCheckpoint = 'checkpoint' in change
  return {
    text: `
      update sona.job_runs r
      set heartbeat_at = now(), ${isCheckpoint ? 'checkpoint = $4::jsonb' : 'progress = $4, stage = $5'}
      from ${SCHEMA}.job j
      where r.job_id = $1::uuid and r.worker = $3 and j.name = $2 and j.id = r.job_id and j.state = 'active'
      returning r.job_id::text as id`,
    values: [id, kind, run, ...(isCheckpoint ? [JSON.stringify(change.checkpoint)] : [change.progress, change.stage])],
  }
}

/** Locks the job, if this run has it. */
export function lockRun({ id, kind, run }: { readonly id: string; readonly kind: string; readonly run: string }): Statement {
  return {
    text: `
      select ${milliseconds('now() - j.started_on')} / 1000 as seconds
      from ${SCHEMA}.job j
      join sona.job_runs r on r.job_id = j.id
      where j.name = $2 and j.id = $1::uuid and j.state = 'active' and r.worker = $3
      for update of j`,
    values: [id, kind, run],
  }
}

/** Running jobs that nobody was heard of for so long, locked. */
export function lockSilent(silentMs: number): Statement {
  return {
    text: `
      select j.id::text, j.name as kind, coalesce(r.worker, 'nobody') as worker,
        ${milliseconds('greatest(j.started_on, r.heartbeat_at) - j.started_on')} / 1000 as seconds
      from ${SCHEMA}.job j
      left join sona.job_runs r on r.job_id = j.id
      where ${OURS} and j.state = 'active'
        and greatest(j.started_on, r.heartbeat_at) <= now() - $1::double precision * interval '1 millisecond'
      for update of j skip locked`,
    values: [silentMs],
  }
}

/** Puts a running job back. It was never begun: its attempts are as before. */
export function putBack(id: string, kind: string): Statement {
  return {
    text: `
      update ${SCHEMA}.job set state = 'retry', started_on = null, start_after = now()
      where name = $2 and id = $1::uuid and state = 'active'`,
    values: [id, kind],
  }
}

/** A pause is for what failed, not for what was cut off. */
export function startNow(id: string, kind: string): Statement {
  return {
    text: `update ${SCHEMA}.job set start_after = now() where name = $2 and id = $1::uuid and state = 'retry'`,
    values: [id, kind],
  }
}

/** As many attempts again as it had at first. No row: it is neither dead nor cancelled. */
export function tryAgain(id: string, kind: string, retries: number): Statement {
  return {
    text: `
      update ${SCHEMA}.job
      set state = 'retry', started_on = null, completed_on = null, start_after = now(), keep_until = now() + interval '14 days',
        retry_limit = retry_count + $3
      where name = $2 and id = $1::uuid and state in ('failed', 'cancelled')
      returning id::text`,
    values: [id, kind, retries],
  }
}

export function countJobs(): Statement {
  return {
    text: `select j.name as kind, j.state::text, count(*) as jobs from ${SCHEMA}.job j where ${OURS} group by j.name, j.state`,
  }
}

export function addToTotal(kind: string, outcome: JobOutcome, seconds: number): Statement {
  return {
    text: `
      insert into sona.job_totals (kind, outcome, runs, seconds) values ($1, $2, 1, $3)
      on conflict (kind, outcome) do update set runs = job_totals.runs + 1, seconds = job_totals.seconds + excluded.seconds`,
    values: [kind, outcome, Math.max(0, seconds)],
  }
}

export function deleteForgottenRuns(): Statement {
  return {
    text: `
      delete from sona.job_runs r
      where not exists (select from ${SCHEMA}.job j where j.id = r.job_id)
      returning r.job_id`,
  }
}
