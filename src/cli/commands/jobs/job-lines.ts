import type { Job } from '../../../storage/job-queue.js'

/** A job in one line: what, how far, since when, and why if it failed. */
export function jobLine(job: Job): string {
  const { id, kind, state, attempt, attempts } = job
  const tries = attempt > 1 || state === 'dead' ? `, attempt ${attempt} of ${attempts}` : ''
  return `${id}  ${kind.padEnd(10)} ${`${stateWords(job)}${tries}`.padEnd(34)} ${whenWords(job)}`
}

/** All that is known of it. */
export function jobLines(job: Job): readonly string[] {
  return [
    jobLine(job),
    ...(job.stage === '' ? [] : [`  stage    ${job.stage}`]),
    ...(job.worker === undefined ? [] : [`  worker   ${job.worker}`]),
    `  input    ${JSON.stringify(job.input)}`,
    ...(job.result === undefined ? [] : [`  result   ${JSON.stringify(job.result)}`]),
    ...(job.reason === undefined ? [] : [`  reason   ${job.reason}`]),
  ]
}

function stateWords({ state, progress }: Job): string {
  return state === 'running' ? `running ${Math.floor(100 * progress)} %` : state
}

function whenWords({ createdAt, startedAt, endedAt }: Job): string {
  const at = (time: number): string => new Date(time).toISOString().slice(0, 19).replace('T', ' ')
  if (startedAt === undefined) return `since ${at(createdAt)}`
  if (endedAt === undefined) return `begun ${at(startedAt)}`
  return `begun ${at(startedAt)}, ${((endedAt - startedAt) / 1_000).toFixed(1)} s`
}
