import type { Random } from '../../src/domain/random.js'
import { createRandom } from '../../src/domain/random.js'
import { emptyCatalogue } from '../../src/features/catalogue.js'
import type { Dataset } from '../../src/features/dataset.js'
import { createDatasetBuilder } from '../../src/features/dataset-builder.js'
import type { WeightedHistory } from '../../src/features/history.js'
import { createKernels, type Kernels } from '../../src/math/kernels.js'
import { createArena } from '../../src/math/memory.js'
import type { TrainingRun } from '../../src/models/model.js'

/** Entries without rhyme or reason: repeats, equal days, no engagement now and then, and an item (the last) nobody touches. */
export function randomData(random: Random, users = 30, items = 12, eventsPerUser = 10): Dataset {
  const builder = createDatasetBuilder(Int32Array.from({ length: items }, (_, item) => item))
  for (let user = 0; user < users; user++) {
    const events = random.below(2 * eventsPerUser)
    for (let at = 0; at < events; at++) {
      const engagement = Math.max(0, 1.1 * random.next() - 0.1)
      builder.add(user, random.below(items - 1), Math.fround(engagement), random.below(50))
    }
  }
  return builder.build({ asOfDay: 60 })
}

/** The items of each user, in order, with engagement and day: a dataset as plain lists. */
export function listsOf({ userCount, start, items, engagement, days }: Dataset) {
  return Array.from({ length: userCount }, (_, user) =>
    Array.from({ length: start[user + 1]! - start[user]! }, (_, at) => {
      const entry = start[user]! + at
      return { item: items[entry]!, engagement: engagement[entry]!, day: days[entry]! }
    }),
  )
}

/** What an entry counts. */
export function weightOf(engagement: number, weight: 'one' | 'engagement'): number {
  return weight === 'one' ? Math.ceil(engagement) : engagement
}

/** What is left of an entry of that day when entries fade with age. */
export function fadeOf(data: Dataset, day: number, halfLifeDays: number): number {
  return halfLifeDays > 0 ? 2 ** ((day - Math.max(...data.days)) / halfLifeDays) : 1
}

/** users × items: 1, or the highest engagement, where a user engaged with an item; of entries that fade, the highest that is left. */
export function tableOf(data: Dataset, weight: 'one' | 'engagement', halfLifeDays = 0): number[][] {
  return listsOf(data).map((entries) => {
    const row = Array<number>(data.itemCount).fill(0)
    for (const { item, engagement, day } of entries) {
      row[item] = Math.max(row[item]!, weightOf(engagement, weight) * fadeOf(data, day, halfLifeDays))
    }
    return row
  })
}

export function newRun(kernels: Kernels = createKernels(createArena(16 * 2 ** 20))): TrainingRun {
  return { kernels, random: createRandom('training'), catalogue: emptyCatalogue, checkpoint: () => {} }
}

export function historyIn({ arena }: Kernels, items: readonly number[], weights = items.map(() => 1)): WeightedHistory {
  const history = { items: arena.u32(items.length), weights: arena.f32(items.length) }
  history.items.set(items)
  history.weights.set(weights)
  return history
}

/** A dataset of these users, each a list of items in order, a day apart. */
export function datasetOf(itemCount: number, users: readonly (readonly number[])[]): Dataset {
  const builder = createDatasetBuilder(Int32Array.from({ length: itemCount }, (_, item) => item))
  users.forEach((items, user) => {
    items.forEach((item, day) => {
      builder.add(user, item, 1, day)
    })
  })
  return builder.build({ asOfDay: 60 })
}
