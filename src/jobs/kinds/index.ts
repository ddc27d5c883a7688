import { type JobKindName, parseJobInput } from '../../contract/job-inputs.js'
import type { JobLine } from '../../storage/job-queue.js'
import { adapters } from './adapters.js'
import { cleanUp } from './clean-up.js'
import { encode } from './encode.js'
import { graph } from './graph.js'
import type { JobContext, JobKind } from './job-kind.js'
import { train } from './train.js'

/** A kind that takes its input as it comes out of the queue. */
export type AnyJobKind = Omit<JobKind, 'run'> & { run(input: unknown, context: JobContext): Promise<object> }

/** Every kind of job there is, those that others wait for first. */
export const jobKinds: readonly AnyJobKind[] = [
  anyInput(adapters),
  anyInput(cleanUp),
  anyInput(encode),
  anyInput(graph),
  anyInput(train),
]

function anyInput<K extends JobKindName>(kind: JobKind<K>): AnyJobKind {
  return { ...kind, run: (input, context) => kind.run(parseJobInput(kind.name, input), context) }
}

/** How each kind is queued: to be declared before jobs are added. */
export const jobLines: readonly JobLine[] = jobKinds.map(({ name, line }) => ({ kind: name, ...line }))
