import { z } from 'zod'
import { SonaError } from '../domain/errors.js'
import { timeZoneSchema } from './context.js'
import { type JobKindName, jobInputs } from './job-inputs.js'
import { parseWith, sentenceOf } from './problems.js'

const cronSchema = z
  .string()
  .regex(/^\s*(\S+\s+){4}\S+\s*$/, 'must be five fields: minute, hour, day of the month, month, day of the week')

/** When jobs run by themselves. What is left out is as in `defaultSchedule`; null: never. */
const scheduleSchema = z
  .strictObject({
    timeZone: timeZoneSchema.optional(),
    jobs: z
      .strictObject(
        Object.fromEntries(Object.keys(jobInputs).map((kind) => [kind, cronSchema.nullable().optional()])) as Record<
          JobKindName,
          z.ZodOptional<z.ZodNullable<typeof cronSchema>>
        >,
      )
      .optional(),
    trainAfterEvents: z.int().min(1).nullable().optional(),
    trainAtMostEveryMinutes: z.int().min(1).optional(),
  })
  .readonly()

export interface Schedule {
  /** Of the times below: an IANA name. */
  readonly timeZone: string
  /** By kind, as cron has it. Kinds that are absent run only when they are asked for. */
  readonly jobs: Readonly<Partial<Record<JobKindName, string>>>
  /** So many new events since the last training bring the next one. Undefined: only its time does. */
  readonly trainAfterEvents?: number
  /** But not sooner than so long after the last. */
  readonly trainAtMostEveryMinutes: number
}

/**
 * At night, and whenever much has happened. Training rebuilds the graph, too. Adapters come before it: from events that the models have learned,
 * they could not.
 */
export const defaultSchedule: Schedule = {
  timeZone: 'UTC',
  jobs: { 'clean-up': '30 1 * * *', encode: '0 2 * * *', adapters: '30 2 * * *', train: '0 3 * * *' },
  trainAfterEvents: 20_000,
  trainAtMostEveryMinutes: 60,
}

/** A schedule that somebody wrote. Throws INVALID_SCHEDULE with everything that is wrong with it. */
export function parseSchedule(input: unknown): Schedule {
  const parsed = parseWith(scheduleSchema, input)
  if (!parsed.ok) throw new SonaError('INVALID_SCHEDULE', `${sentenceOf(parsed.problems)}.`, { details: parsed.problems })
  const { timeZone, jobs = {}, trainAfterEvents, trainAtMostEveryMinutes } = parsed.value
  const times: Partial<Record<JobKindName, string>> = { ...defaultSchedule.jobs }
  for (const [kind, cron] of Object.entries(jobs) as [JobKindName, string | null | undefined][]) {
    if (cron === null) delete times[kind]
    else if (cron !== undefined) times[kind] = cron
  }
  const after = trainAfterEvents === undefined ? defaultSchedule.trainAfterEvents : (trainAfterEvents ?? undefined)
  return {
    timeZone: timeZone ?? defaultSchedule.timeZone,
    jobs: times,
    ...(after !== undefined && { trainAfterEvents: after }),
    trainAtMostEveryMinutes: trainAtMostEveryMinutes ?? defaultSchedule.trainAtMostEveryMinutes,
  }
}
