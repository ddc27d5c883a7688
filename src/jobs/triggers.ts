import { tierNames } from '../adapters/tier-artifact.js'
import type { Schedule } from '../contract/schedule.js'
import type { EpochMs } from '../domain/time.js'
import type { Store } from '../storage/store.js'

const MS_PER_MINUTE = 60_000

/** Jobs that what happened calls for, beside those whose time has come. */

/** A training, when much has happened since the last one. */
export async function addTraining(store: Store, schedule: Schedule, now: EpochMs): Promise<void> {
  if (await isTrainingNeeded(store, schedule, now)) await store.jobs.add('train', {})
}

/** A run over the adapters that are due, when there are any and nobody in this worker is at it. */
export async function addAdapters(store: Store): Promise<void> {
  if (!(await store.adapters.due.isAny())) return
  // Without what adapters share, which a training brings, nothing can be learned, and whoever is due stays due.
  const live = await store.artifacts.list()
  if (live.some(({ name }) => name === tierNames.current)) await store.jobs.add('adapters', {})
}

/** So many events came since the last training, whether or not its models went live, and it was not just now. */
async function isTrainingNeeded(
  store: Store,
  { trainAfterEvents, trainAtMostEveryMinutes }: Schedule,
  now: EpochMs,
): Promise<boolean> {
  if (trainAfterEvents === undefined) return false
  const [last] = await store.artifacts.versions()
  if (last !== undefined && now - last.publishedAt < trainAtMostEveryMinutes * MS_PER_MINUTE) return false
  if (last !== undefined && last.events === undefined) return false // it does not say what it learned from: its time will come
  const { events } = await store.counts()
  if (events - (last?.events ?? 0) < trainAfterEvents) return false
  const [tried] = await store.jobs.list({ kind: 'train', limit: 1 })
  const triedAt = tried?.endedAt ?? tried?.startedAt ?? tried?.createdAt
  return triedAt === undefined || now - triedAt >= trainAtMostEveryMinutes * MS_PER_MINUTE // one that dies is not begun at once again
}
