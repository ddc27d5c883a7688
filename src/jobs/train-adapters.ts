import type { UserId } from '../domain/ids.js'
import type { Claim, Training } from '../storage/adapter-store.js'
import type { Store } from '../storage/store.js'
import { type AdapterRun, createTally, type Tally } from './adapter-run.js'
import type { AdapterTrainer } from './adapter-trainer.js'
import { type ClaimSize, createClaimSize } from './claim-size.js'
import { shareBase } from './share-base.js'

export interface TrainDueOptions {
  /** Users of one claim: one read and one write. Default: as many as take about a tenth of a second. */
  readonly batch?: number
  /** What earlier runs with the same trainer learned of that. */
  readonly size?: ClaimSize
  /** No further claim is begun after so long. */
  readonly budgetMs?: number
  /** Stops after the users that are being trained. */
  readonly signal?: AbortSignal
  /** Only these. */
  readonly users?: readonly UserId[]
  /** How long a claim lasts without a sign of life: what somebody who died had claimed is claimed again after this. */
  readonly leaseMs?: number
  readonly onProgress?: (run: AdapterRun) => void
}

const DEFAULT_LEASE_MS = 15_000
/** What is learned from everybody is published this often, and at the end of a run. */
const SHARE_EVERY_MS = 2_000

/**
 * Trains the adapters of users who are due, until nobody is or the time is up. What a batch learned is saved in one transaction with what it
 * was learned from: whoever is stopped, killed or overtaken in between leaves each user either trained or due. What all adapters share moves
 * along, and is published every two seconds: a process that is killed loses at most so much of that.
 */
export async function trainDueAdapters(
  store: Store,
  trainer: AdapterTrainer,
  options: TrainDueOptions = {},
): Promise<AdapterRun> {
  const { batch, budgetMs = Number.POSITIVE_INFINITY, leaseMs = DEFAULT_LEASE_MS, signal, users } = options
  const tally = createTally()
  const sharing = await shareBase(store.adapters.tiers, trainer, SHARE_EVERY_MS)
  if (sharing === undefined) return tally.run() // there is no tier yet: nothing could be learned
  const end = performance.now() + budgetMs
  const size = options.size ?? createClaimSize()
  while (signal?.aborted !== true && performance.now() < end) {
    const began = performance.now()
    const wanted = { limit: batch ?? size.users, leaseMs, ...(users && { among: users }) }
    const claim = await tally.timed('claim', () => store.adapters.due.claim(wanted))
    if (claim.users.length === 0) break
    await keeping(store, claim, leaseMs, () => trainClaim(store, trainer, claim, tally))
    size.took(claim.users.length, performance.now() - began)
    await sharing.keepUp()
    options.onProgress?.(tally.run())
  }
  await sharing.publish()
  return { ...tally.run(), sharedVersion: sharing.version() }
}

/** One read of all that the claimed did, and one write of what was learned. Who did not agree to it only has their events used up. */
async function trainClaim(store: Store, trainer: AdapterTrainer, claim: Claim, tally: Tally): Promise<void> {
  const pasts = await tally.timed('read', () =>
    store.events.pastsOf(claim.users.map(({ userKey, learnedTo }) => ({ userKey, after: learnedTo }))),
  )
  await trainer.know(pasts.itemNo)
  const { users, lessonMs, learnMs } = await tally.timed('train', () =>
    trainer.train({
      users: claim.users.map(({ traits, consent, learnedTo, adapter }) => ({
        traits,
        learnedTo,
        mayLearn: consent.training && consent.personalisation,
        ...(adapter && { adapter: adapter.bytes }),
      })),
      pasts,
    }),
  )
  const trainings = users.map(
    ({ taught, learnedTo, adapter }, at): Training => ({
      userKey: claim.users[at].userKey,
      taught,
      learnedTo,
      ...(adapter && { adapter }),
    }),
  )
  const finished = await tally.timed('write', () => store.adapters.due.finish(claim, trainings))
  tally.add(
    users.map((user, at) => ({ ...user, isKept: finished.has(claim.users[at].userKey) })),
    { lessonMs, learnMs },
  )
}

/** Does some work while a claim is kept up; gives the claim back when the work fails. */
async function keeping(store: Store, claim: Claim, leaseMs: number, work: () => Promise<void>): Promise<void> {
  const { due } = store.adapters
  // A sign of life that does not get through is no reason to stop: the end of the claim says whether it was kept.
  const timer = setInterval(() => void due.extend(claim, leaseMs).catch(() => {}), leaseMs / 3)
  try {
    await work()
  } catch (error) {
    await due.release(claim).catch(() => {}) // the claim runs out by itself; the first error says more
    throw error
  } finally {
    clearInterval(timer)
  }
}
