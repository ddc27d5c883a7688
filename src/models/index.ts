import { als } from './als.js'
import { content } from './content.js'
import { contentProjection } from './content-projection.js'
import { ease } from './ease.js'
import { easeSparse } from './ease-sparse.js'
import { gatedRecurrence } from './gated-recurrence.js'
import { genreOverlap } from './genre-overlap.js'
import { graphWalk } from './graph-walk.js'
import { itemKnn } from './item-knn.js'
import type { Algorithm } from './model.js'
import { nextItem } from './next-item.js'
import { popularity } from './popularity.js'
import { randomWalk } from './random-walk.js'
import { transitions } from './transitions.js'
import { userKnn } from './user-knn.js'

/** One line each. */
const all: readonly { readonly name: string }[] = [
  popularity,
  ease,
  transitions,
  nextItem,
  als,
  gatedRecurrence,
  itemKnn,
  userKnn,
  randomWalk,
  easeSparse,
  graphWalk,
  genreOverlap,
  content,
  contentProjection,
]

/** Every algorithm, by the name that plans and artifacts use. */
export const algorithms: ReadonlyMap<string, Algorithm> = new Map(
  all.map((algorithm) => [algorithm.name, algorithm as Algorithm]),
)
