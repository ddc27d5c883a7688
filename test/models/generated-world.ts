import type { Random } from '../../src/domain/random.js'
import type { Dataset } from '../../src/features/dataset.js'
import { createDatasetBuilder } from '../../src/features/dataset-builder.js'

/** A user's past, and what came next. */
export interface Question {
  readonly items: Uint32Array
  readonly next: number
}

/** Data whose truth is known, to train on, and questions about what was held out of it. */
export interface GeneratedWorld {
  readonly data: Dataset
  readonly questions: readonly Question[]
}

const SIZE = { users: 300, items: 120, groups: 6, series: 4, eventsPerUser: 24 }

/**
 * Users with latent taste and habits of order. Items belong to one of six groups and, within it, to series of four parts. A user
 * loves one group and likes another; with chance 0.4 they go on to the next part of the last item's series, else they draw an
 * unseen item from a group of their taste, early items more often (popularity). Nobody sees anything twice. The last event of each
 * user is held out.
 */
export function generateWorld(random: Random): GeneratedWorld {
  const builder = createDatasetBuilder(Int32Array.from({ length: SIZE.items }, (_, item) => 10 + 3 * item))
  const questions: Question[] = []
  for (let user = 0; user < SIZE.users; user++) {
    const path = walk(random)
    path.slice(0, -1).forEach((item, at) => {
      builder.add(user, item, 0.5 + 0.5 * random.next(), 100 + at + random.next())
    })
    questions.push({ items: Uint32Array.from(path.slice(0, -1)), next: path.at(-1)! })
  }
  return { data: builder.build({ asOfDay: 200 }), questions }
}

function walk(random: Random): number[] {
  const loved = random.below(SIZE.groups)
  const liked = random.below(SIZE.groups)
  const path: number[] = []
  const seen = new Set<number>()
  while (path.length < SIZE.eventsPerUser) {
    const item = goesOn(random, path.at(-1)) ?? drawn(random, loved, liked)
    if (seen.has(item)) continue
    seen.add(item)
    path.push(item)
  }
  return path
}

function goesOn(random: Random, last: number | undefined): number | undefined {
  if (random.next() > 0.4 || last === undefined) return undefined
  return last % SIZE.series < SIZE.series - 1 ? last + 1 : undefined
}

function drawn(random: Random, loved: number, liked: number): number {
  const draw = random.next()
  const group = draw < 0.6 ? loved : draw < 0.9 ? liked : random.below(SIZE.groups)
  const size = SIZE.items / SIZE.groups
  return group * size + Math.floor(size * random.next() ** 1.5)
}
