import { als } from './als.js'
import { ease } from './ease.js'
import { genreOverlap } from './genre-overlap.js'
import { graphWalk } from './graph-walk.js'
import { itemKnn } from './item-knn.js'
import type { Algorithm } from './model.js'
import { nextItem } from './next-item.js'
import { popularity } from './popularity.js'
import { randomWalk } from './random-walk.js'
import { transitions } from './transitions.js'
import { userKnn } from './user-knn.js'

/** Every algorithm, by the name that plans and artifacts use. */
export const algorithms: ReadonlyMap<string, Algorithm> = new Map(
  [popularity, ease, transitions, nextItem, als, itemKnn, userKnn, randomWalk, graphWalk, genreOverlap].map((algorithm) => [
    algorithm.name,
    algorithm as Algorithm,
  ]),
)
