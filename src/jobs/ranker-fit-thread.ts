import { SonaError } from '../domain/errors.js'
import { createRandom } from '../domain/random.js'
import { fitRanking, type LearningOptions, type Lesson, listNdcg, someLists } from '../ranking/fit-ranking.js'
import { encodeArtifact } from '../storage/artifact-codec.js'
import { serveThread } from '../threads/serve.js'
import { type RankingKind, restoreRanking } from '../world/ranking-model.js'
import { ABORT } from './training-messages.js'

/** What a thread that fits rankers is told once. */
export interface RankerFitInit {
  readonly lesson: Lesson
  /** The half each list belongs to, 0 or 1: all lists of a user are in one. */
  readonly halves: Uint8Array
  readonly options: LearningOptions
  readonly seed: number
  /** control[ABORT] ≠ 0: stop. */
  readonly control: Int32Array
}

export interface FittedRanker {
  readonly bytes: Uint8Array
  /** NDCG@10 over the lists it did not learn from; NaN when there is none. */
  readonly heldOut: number
  readonly importance: Float32Array
}

export type RankerFitApi = ReturnType<typeof rankerFitApi>

function rankerFitApi({ lesson, halves, options, seed, control }: RankerFitInit) {
  const listsWhere = (test: (half: number) => boolean): number[] => [...halves.keys()].filter((list) => test(halves[list]))
  return {
    /** Learns from the lists of one half, or from all. */
    fit(kind: RankingKind, half: 0 | 1 | 'all'): FittedRanker {
      const known =
        half === 'all'
          ? lesson.table
          : someLists(
              lesson.table,
              listsWhere((each) => each === half),
            )
      const artifact = fitRanking(kind, { ...lesson, table: known }, options, {
        random: createRandom(`${seed}/ranker/${kind}`),
        checkpoint() {
          if (Atomics.load(control, ABORT) !== 0)
            throw new SonaError('TRAINING_ABORTED', 'Training was stopped; nothing was published.')
        },
      })
      const model = restoreRanking(artifact)
      let heldOut = Number.NaN
      if (half !== 'all') {
        const unknown = someLists(
          lesson.table,
          listsWhere((each) => each !== half),
        )
        const scores = new Float32Array(unknown.relevance.length)
        model.score(unknown.values, scores)
        heldOut = listNdcg(unknown, scores)
      }
      return { bytes: encodeArtifact(artifact), heldOut, importance: model.importance }
    },
  }
}

serveThread(rankerFitApi)
