import { SonaError } from '../../domain/errors.js'
import { MS_PER_DAY } from '../../domain/time.js'
import type { JobKind } from './job-kind.js'

const RECOMMENDATION_DAYS = 90
/** Rows that go in one transaction: some tens of milliseconds. */
const AT_ONCE = 5_000

/** What nobody will ask for again. Models are cleared away when others are published, finished jobs by the queue. */
export const cleanUp: JobKind<'clean-up'> = {
  name: 'clean-up',
  says: 'forgets answers that were served long ago',
  lane: 'in-turn',
  line: { atOnce: 'one', retries: 3, retryDelaySeconds: 30, longestSeconds: 2 * 3_600 },

  async run({ recommendationDays = RECOMMENDATION_DAYS }, { store, signal, progress, now }) {
    const before = now() - recommendationDays * MS_PER_DAY
    let recommendations = 0
    for (;;) {
      if (signal.aborted) throw new SonaError('TRAINING_ABORTED', 'Cleaning up was stopped.')
      const gone = await store.recommendations.forget(before, AT_ONCE)
      recommendations += gone
      progress(0, `${recommendations} answers forgotten`)
      if (gone < AT_ONCE) break
    }
    return { recommendations, runs: await store.jobs.sweep() }
  },
}
