import type { FastifyInstance } from 'fastify'
import { addJob, cancelJob, getJob, listJobs, retryJob } from '../../contract/jobs.js'
import type { AnswerOf } from '../../contract/route.js'
import { jobLines } from '../../jobs/kinds/index.js'
import type { Job, JobQueue } from '../../storage/job-queue.js'
import { mount } from '../mount.js'
import type { ServerParts } from '../server-parts.js'

export function jobRoutes(server: FastifyInstance, { sona }: ServerParts): void {
  const jobs = (): JobQueue => sona.store.jobs

  mount(server, listJobs, async ({ query: { kind, state, limit } }) => {
    const found = await jobs().list({ limit, ...(kind && { kind }), ...(state && { state }) })
    return { jobs: found.map(told) }
  })

  mount(server, addJob, async ({ body: { kind, input = {} } }) => {
    await jobs().declare(jobLines)
    const id = await jobs().add(kind, input)
    return { kind, added: id !== undefined, ...(id !== undefined && { id }) }
  })

  mount(server, getJob, async ({ params: { id } }) => told(await jobs().get(id)))

  mount(server, cancelJob, async ({ params: { id } }) => {
    await jobs().cancel(id)
    return told(await jobs().get(id))
  })

  mount(server, retryJob, async ({ params: { id } }) => {
    await jobs().declare(jobLines)
    await jobs().retry(id)
    return told(await jobs().get(id))
  })
}

/** A job with its times as text. */
function told({ input, result, createdAt, startAfter, startedAt, endedAt, ...job }: Job): AnswerOf<typeof getJob> {
  return {
    ...job,
    input: input as Record<string, unknown>,
    createdAt: instant(createdAt),
    startAfter: instant(startAfter),
    ...(startedAt !== undefined && { startedAt: instant(startedAt) }),
    ...(endedAt !== undefined && { endedAt: instant(endedAt) }),
    ...(result !== undefined && { result: result as Record<string, unknown> }),
  }
}

const instant = (time: number): string => new Date(time).toISOString()
