import { type Adapter, emptyAdapter } from '../adapters/adapter.js'
import { decodeAdapter } from '../adapters/codec.js'
import type { NumberedStudy, Study } from '../adapters/learn.js'
import { moveAdapter } from '../adapters/move.js'
import { learnSharedFromUser } from '../adapters/shared.js'
import type { SharedBase, SharedTier } from '../adapters/tier.js'
import { trainAdapter } from '../adapters/train.js'
import { assert, SonaError } from '../domain/errors.js'
import { openGeneration } from '../engine/generation.js'
import { worldOf } from '../engine/rank.js'
import { type NumberedItem, rowOf } from '../features/catalogue.js'
import { withScratch } from '../math/scratch.js'
import { adapterStudy } from '../pipeline/adapter-lesson.js'
import { createPlan } from '../pipeline/plan.js'
import { moved, serveThread } from '../threads/serve.js'
import type { AdapterBatch, AdapterTrainingInit, TrainedUser, UserToTrain } from './adapter-training-messages.js'
import { newAdapter } from './new-adapter.js'
import { contextOf, type Past, pastOf, trailBefore } from './past.js'

export type AdapterTrainingApi = ReturnType<typeof adapterTrainingApi>

/** The forgetting guard asks about visits among the last so many. */
const LATELY = 100
const NOBODY = new Int32Array(0)

function adapterTrainingApi(init: AdapterTrainingInit) {
  const { kernels, snapshot, patch } = openGeneration(init.generation, init.thread)
  const plan = createPlan(init.plan)
  let tier: SharedTier | undefined = init.tier ?? snapshot().tier
  let [lessonMs, learnMs] = [0, 0]

  /** The visit as `recommend()` would have met it. */
  function lessonOf(tierNow: SharedTier, { traits }: UserToTrain, past: Past, place: number): Study | undefined {
    const visit = past.visits[place]
    return withScratch(kernels.arena, () => {
      const { query, world } = worldOf(
        {
          query: { count: QUESTION_COUNT, context: contextOf(visit), kinds: [], exclude: NOBODY, reasons: false },
          now: visit.occurredAt,
          traits,
          trail: trailBefore(past.trail, place, init.historyLimit),
          seen: past.seen.subarray(0, visit.seenBefore),
        },
        snapshot(),
        kernels,
      )
      const row = rowOf(world.snapshot.catalogue, visit.itemNo)
      return row < 0 ? undefined : adapterStudy(query, plan, world, tierNow, { row, liking: visit.liking })
    })
  }

  /** The lessons of new visits, oldest first, and some of older ones. */
  function lessonsOf(tierNow: SharedTier, user: UserToTrain, past: Past, isFirst: boolean) {
    const fresh: NumberedStudy[] = []
    let passedOver = 0
    past.visits.forEach(({ newSequence, occurredAt }, place) => {
      if (newSequence === 0) return
      const studied = occurredAt < init.unseenFrom ? undefined : lessonOf(tierNow, user, past, place)
      if (studied === undefined) passedOver++
      else fresh.push({ studied, sequence: newSequence })
    })
    const heldOut = isFirst || fresh.length === 0 ? [] : olderPlaces(past, init.heldOut)
    const older = heldOut.flatMap((place) => lessonOf(tierNow, user, past, place) ?? [])
    return { fresh, older, passedOver }
  }

  function trainUser(tierNow: SharedTier, user: UserToTrain, past: Past): TrainedUser {
    const used = { taught: past.taught, learnedTo: past.lastSequence }
    if (!user.mayLearn) return { ...used, passedOver: past.visits.filter(({ newSequence }) => newSequence > 0).length }
    const started = performance.now()
    const { adapter: before, isMoved, problem } = beginning(user, tierNow)
    const { fresh, older, passedOver } = lessonsOf(tierNow, user, past, before.lessons === 0)
    const learning = performance.now()
    lessonMs += learning - started
    if (fresh.length === 0 && !isMoved) return { ...used, passedOver, ...(problem && { problem }) }
    const { adapter, report } = trainAdapter(before, fresh, older, tierNow)
    tier = learnSharedFromUser(
      tier!,
      fresh.map(({ studied }) => studied),
      before.lessons,
    )
    const saved = newAdapter({ ...adapter, learnedTo: past.lastSequence }, init.format)
    learnMs += performance.now() - learning
    return { ...used, adapter: saved, report, passedOver, ...(problem && { problem }) }
  }

  /** The adapter to learn on with, in the space of now. */
  function beginning({ adapter: bytes }: UserToTrain, { space }: SharedTier): Beginning {
    if (bytes === undefined) return { adapter: emptyAdapter(space), isMoved: false }
    try {
      const adapter = decodeAdapter(bytes)
      if (adapter.space === space.id) return { adapter, isMoved: false }
      const earlier = snapshot().earlierTier?.space
      if (earlier?.id !== adapter.space) return { adapter: emptyAdapter(space), isMoved: false }
      return { adapter: moveAdapter(adapter, earlier, space), isMoved: true }
    } catch (error) {
      if (!(error instanceof SonaError)) throw error
      return { adapter: emptyAdapter(space), isMoved: false, problem: error.message }
    }
  }

  /** What goes wrong with one user must not hold up all others for ever: their events count as used, and the run says so. */
  function trainGuarded(tierNow: SharedTier, user: UserToTrain, past: Past): TrainedUser {
    try {
      return trainUser(tierNow, user, past)
    } catch (error) {
      const problem = error instanceof Error ? (error.stack ?? error.message) : String(error)
      return { taught: past.taught, learnedTo: past.lastSequence, passedOver: 0, problem }
    }
  }

  return {
    /** What is shared now; undefined where no tier was ever fitted. */
    shared(): (SharedBase & { readonly space: string }) | undefined {
      if (tier === undefined) return undefined
      const { base, precisions, gate, version, space } = tier
      return { base, precisions, gate, version, space: space.id }
    },

    useShared(shared: SharedBase): void {
      assert(tier !== undefined && shared.base.length === tier.base.length, 'what is shared fits its space')
      tier = { ...tier, ...shared }
    },

    patch(items: readonly NumberedItem[]): void {
      patch(items)
    },

    train({ users, pasts }: AdapterBatch) {
      ;[lessonMs, learnMs] = [0, 0]
      const trained = users.map((user, at) => {
        assert(tier !== undefined, 'nobody trains without a tier')
        return trainGuarded(tier, user, pastOf(pasts, at, user.learnedTo))
      })
      const buffers = trained.flatMap(({ adapter }) => (adapter ? [adapter.bytes.buffer as ArrayBuffer] : []))
      return moved({ users: trained, lessonMs, learnMs }, buffers)
    },
  }
}

interface Beginning {
  readonly adapter: Adapter
  readonly isMoved: boolean
  readonly problem?: string
}

/** As long a list as an answer has by default; sources propose no fewer than a plan says. */
const QUESTION_COUNT = 20

/** Visits that were used before, evenly spaced among the last hundred. */
function olderPlaces({ visits }: Past, count: number): number[] {
  const older = visits.flatMap(({ newSequence }, place) => (newSequence === 0 && place > 0 ? [place] : [])).slice(-LATELY)
  const step = Math.max(1, older.length / count)
  return Array.from({ length: Math.min(count, older.length) }, (_, at) => older[Math.floor(at * step)])
}

serveThread(adapterTrainingApi)
