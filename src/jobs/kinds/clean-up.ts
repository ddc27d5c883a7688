import { SonaError } from '../../domain/errors.js'
import { MS_PER_DAY } from '../../domain/time.js'
import type { Store } from '../../storage/store.js'
import { publishedTiers } from '../published-tiers.js'
import type { JobKind } from './job-kind.js'

const RECOMMENDATION_DAYS = 90
/** Rows that go in one transaction: some tens of milliseconds. */
const AT_ONCE = 5_000

/** What nobody will ask for again. Models are cleared away when others are published, finished jobs by the queue. */
export const cleanUp: JobKind<'clean-up'> = {
  name: 'clean-up',
  says: 'forgets answers that were served long ago, and adapters that fit no models any more',
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
    const spaces = await spacesInUse(store)
    const adapters = spaces.length === 0 ? 0 : await store.adapters.keepSpaces(spaces)
    return { recommendations, adapters, runs: await store.jobs.sweep() }
  },
}

/** The feature spaces of all models that are kept: a rollback finds the adapters that fit. */
async function spacesInUse({ artifacts }: Store): Promise<readonly string[]> {
  const spaces = new Set<string>()
  for (const { version } of await artifacts.versions()) {
    const { current, earlier } = await publishedTiers(artifacts, version)
    for (const tier of [current, earlier]) if (tier !== undefined) spaces.add(tier.space.id)
  }
  return [...spaces]
}
