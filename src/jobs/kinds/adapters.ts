import type { AdapterRun } from '../adapter-run.js'
import { type AdapterTrainer, openAdapterTrainer } from '../adapter-trainer.js'
import { createClaimSize } from '../claim-size.js'
import { publishedTiers } from '../published-tiers.js'
import { trainDueAdapters } from '../train-adapters.js'
import { createUserBell } from '../user-bell.js'
import type { JobContext, JobKind } from './job-kind.js'

const LONGEST_SECONDS = 3_600
/** A run ends when nobody was due for so long: until then the models stay in memory, and whoever becomes due waits for no start. */
const IDLE_MS = 60_000
/** A hint that somebody did something may be lost, and whoever was trained a moment ago is due a while later without one. */
const LOOK_EVERY_MS = 250
/** Other models may be live by then. */
const LONGEST_DRAIN_MS = 5_000

/**
 * The adapters of users who are due, until nobody is. Who is due stands in a table, and is claimed there in batches: any number of
 * workers may run this, and one that is killed leaves its users due.
 */
export const adapters: JobKind<'adapters'> = {
  name: 'adapters',
  says: 'trains the adapters of users who are due',
  lane: 'beside',
  line: { atOnce: 'many', retries: 3, retryDelaySeconds: 5, longestSeconds: LONGEST_SECONDS },
  /** Whoever did something that no training has used yet is due once a night, however little it is. */
  scheduled: { which: 'all' },

  async run({ which = 'due' }, context) {
    const { store, signal, progress } = context
    if (which === 'all') {
      // With a new feature space those too whose adapter is of the one before: they are turned into it.
      const { current } = await publishedTiers(store.artifacts)
      await store.adapters.due.requestAll(current && { space: current.space.id })
    }
    const tally = { users: 0, saved: 0, lost: 0, rejected: 0, events: 0, lessons: 0, bytes: 0 }
    const end = performance.now() + 0.9 * LONGEST_SECONDS * 1_000
    const trainers = currentTrainer(context)
    const bell = createUserBell(store)
    const size = createClaimSize()
    try {
      for (let idleSince = performance.now(); performance.now() < end && !signal.aborted; ) {
        if (await store.adapters.due.isAny()) {
          const run = await trainDueAdapters(store, await trainers.current(), { signal, budgetMs: LONGEST_DRAIN_MS, size })
          add(tally, run)
          progress(0, `${tally.users} users`)
          if (run.sharedVersion === undefined) return { ...tally, because: 'no shared tier was fitted: run `sona train` first' }
          if (run.users > 0) idleSince = performance.now()
        }
        if (performance.now() - idleSince > IDLE_MS) break
        await bell.next(LOOK_EVERY_MS, signal)
      }
      // Stopped, it ends like one that has nothing to do: what is due stays due, for the next.
      return tally
    } finally {
      bell.close()
      await trainers.close()
    }
  },
}

interface CurrentTrainer {
  /** One with the live models. */
  current(): Promise<AdapterTrainer>
  close(): Promise<void>
}

function currentTrainer({ store, plan }: JobContext): CurrentTrainer {
  let open: AdapterTrainer | undefined
  return {
    async current() {
      const live = await store.artifacts.live()
      if (open !== undefined && open.modelVersion !== String(live ?? 'none')) {
        await open.close()
        open = undefined
      }
      open ??= await openAdapterTrainer(store, plan && { plan })
      return open
    },
    close: async () => open?.close(),
  }
}

type Tally = { [name in 'users' | 'saved' | 'lost' | 'rejected' | 'events' | 'lessons' | 'bytes']: number }

function add(tally: Tally, run: AdapterRun): void {
  for (const name of Object.keys(tally) as (keyof Tally)[]) tally[name] += run[name]
}
