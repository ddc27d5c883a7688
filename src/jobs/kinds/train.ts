import type { EpochMs } from '../../domain/time.js'
import { type Begun, beginTraining, type TrainOptions, trainAndPublish } from '../train.js'
import { draftParts } from '../training-parts.js'
import type { JobContext, JobKind } from './job-kind.js'

const HOUR_SECONDS = 3_600
/** A draft is swept up after a day. */
const LATEST_RESUME_MS = 20 * HOUR_SECONDS * 1_000

/** The global models and the ranker. Each model that is finished is kept, and a later attempt goes on behind it. */
export const train: JobKind<'train'> = {
  name: 'train',
  says: 'trains the models and the ranker, and puts them live if they are no worse',
  lane: 'in-turn',
  line: { atOnce: 'one', retries: 3, retryDelaySeconds: 30, longestSeconds: 6 * HOUR_SECONDS },

  async run(input, context) {
    const { store, signal, threads, keep, plan } = context
    const begun = resumable(context.checkpoint, context.now()) ?? (await beginTraining(store))
    await keep({ begun })
    const published = await trainAndPublish(store, {
      ...input,
      ...(plan && { plan }),
      begun,
      parts: await draftParts(store.artifacts, begun.version),
      threads,
      signal,
      onProgress: progressOf(context),
    })
    const { version, state, verdict, events, models } = published
    return { version, state, because: verdict.because, events, models: models.map(({ model }) => model) }
  },
}

function resumable(checkpoint: unknown, now: EpochMs): Begun | undefined {
  const begun = (checkpoint as { readonly begun?: Begun } | undefined)?.begun
  return begun !== undefined && now - begun.asOf < LATEST_RESUME_MS ? begun : undefined
}

/** Where each stage begins and ends, as a share of the whole: about. */
const stages: Readonly<Record<string, readonly [number, number]>> = {
  'As of an earlier day': [0, 0.35],
  'The ranker': [0.35, 0.6],
  '': [0.6, 0.95],
  'Comparing with the live models': [0.95, 1],
}

function progressOf({ progress }: JobContext): NonNullable<TrainOptions['onProgress']> {
  return (each, stage = '') => {
    const [from, to] = stages[stage] ?? [0, 0]
    const done = each.reduce((sum, model) => sum + model.done, 0) / Math.max(1, each.length)
    progress(from + done * (to - from), stage === '' ? 'The models' : stage)
  }
}
