/**
 * The shared tier of the adapters, fitted to the very lists that taught the learned ranker. Each list is scored by the ranker that learned
 * from the other half of the users: one that knows the answers would leave users nothing to differ in.
 */
import { type Beginnings, beginningsOf } from '../adapters/beginnings.js'
import { fitTier, scaleOf, type TierFrame, type TierList, unlearned } from '../adapters/fit-tier.js'
import { allCells, querySide } from '../adapters/query-side.js'
import { type AdapterOptions, adapterOptions, type SharedTier } from '../adapters/tier.js'
import type { Tasks } from '../evaluation/tasks.js'
import type { Catalogue } from '../features/catalogue.js'
import type { Dataset } from '../features/dataset.js'
import { circumstancesAt } from '../features/entry-details.js'
import { genreFeatures, isGenre, normalise, rawItemSide, spreadOf, tellsApart } from '../ranking/adapter-features.js'
import { decodeArtifact } from '../storage/artifact-codec.js'
import { restoreRanking } from '../world/ranking-model.js'
import type { TaskList } from './ranker-lists-thread.js'
import { likingAt } from './task-world.js'

export interface TierLesson {
  readonly catalogue: Catalogue
  readonly dataset: Dataset
  readonly tasks: Tasks
  /** In the order of their tasks, and so of their users. */
  readonly lists: readonly TaskList[]
  /** The encoded ranker that knows nothing of a user. */
  readonly rankerFor: (user: number) => Uint8Array
}

/** Genres that have a column, at most. */
const MOST_GENRES = 24

export interface LearnedTier {
  readonly tier: SharedTier
  /** By the users of the lesson's dataset. */
  readonly beginnings: Beginnings
}

/**
 * A new tier; or that of before with its scale fitted again and a B₀ that begins anew, where the ranker looks at the same features and the
 * options ask for the same space: adapters learned in it go on as they are.
 */
export function learnTier(lesson: TierLesson, said: Partial<AdapterOptions> = {}, before?: SharedTier): LearnedTier {
  const options = adapterOptions(said)
  const looked = featuresLookedAt(lesson)
  if (before !== undefined && isSameSpace(before, looked, lesson.lists.length, options)) {
    const { lists } = tierLists(lesson, before.space)
    const tier = unlearned(before.space, scaleOf(lists), options) // what all leaned to away from the old ranker, the new one has learned
    return { tier, beginnings: beginningsOf(lists, tier) }
  }
  const { frame, lists } = tierLists(lesson)
  const tier = fitTier(frame, lists, { ...options, rank: Math.min(options.rank, frame.features.length) })
  return { tier, beginnings: beginningsOf(lists, tier) }
}

function featuresLookedAt({ lists }: TierLesson): readonly string[] {
  return (lists[0]?.features ?? []).filter(tellsApart)
}

/** What a tier is fitted from. @param known the frame, where it is decided already */
export function tierLists(
  lesson: TierLesson,
  known?: TierFrame,
): { readonly frame: TierFrame; readonly lists: readonly TierList[] } {
  const { lists, catalogue, tasks, dataset } = lesson
  const scored = scoredLists(lesson)
  const features = known?.features ?? [...featuresLookedAt(lesson), ...genreFeatures(catalogue.labels.genres, MOST_GENRES)]
  const raw = lists.map(({ features: names, values, rows }) => rawItemSide(features, { names, values }, catalogue, rows))
  const frame = known ?? { features, ...spreadOf(raw, features.length), cells: allCells }
  return {
    frame,
    lists: lists.map(({ task, isBeyond }, at) => {
      const entry = tasks.targetEntries[tasks.targetStart[task]]
      return {
        ...scored[at],
        user: tasks.users[task],
        features: normalise(frame, raw[at]),
        query: querySide(frame, circumstancesAt(dataset.details, entry)),
        liking: likingAt({ dataset, tasks }, task),
        isBeyond,
      }
    }),
  }
}

/** Directions found in so many times fewer lists are worth finding again: a first training knows little of how people differ. */
const MANY_MORE = 4

/**
 * Whether an adapter learned there goes on here: the same features from the ranker, the same numbers asked for, and not many more lists to fit
 * them to.
 */
function isSameSpace(
  { space }: SharedTier,
  looked: readonly string[],
  lists: number,
  { rank, alpha, priorScale, cellPrior }: AdapterOptions,
): boolean {
  const own = space.features.filter((feature) => !isGenre(feature))
  return (
    own.length === looked.length &&
    own.every((feature, at) => feature === looked[at]) &&
    space.rank === Math.min(rank, space.features.length) &&
    space.shape.alpha === alpha &&
    space.shape.priorScale === priorScale &&
    space.shape.cellPrior === cellPrior &&
    lists < MANY_MORE * space.shape.lists
  )
}

/** Each list with the scores of the ranker that does not know its user. */
function scoredLists({ lists, tasks, rankerFor }: TierLesson): Pick<TierList, 'base' | 'weight' | 'target'>[] {
  const rankers = new Map<Uint8Array, ReturnType<typeof restoreRanking>>()
  return lists.map(({ task, values, relevance, weight }) => {
    const bytes = rankerFor(tasks.users[task])
    const ranker = rankers.get(bytes) ?? restoreRanking(decodeArtifact(bytes))
    rankers.set(bytes, ranker)
    const base = new Float32Array(relevance.length)
    ranker.score(values, base)
    return { base, weight, target: relevance.indexOf(1) }
  })
}
