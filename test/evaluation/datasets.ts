import { createRandom, type Random } from '../../src/domain/random.js'
import type { Dataset } from '../../src/features/dataset.js'
import { fingerprintOf } from '../../src/features/fingerprint.js'

/** One visit: item row, day, and engagement (1 unless said). */
export type Visit = readonly [item: number, day: number, engagement?: number]

/** A dataset written by hand: one list of visits per user, oldest first. */
export function datasetOf(users: readonly (readonly Visit[])[], itemCount: number): Dataset {
  const visits = users.flat()
  const start = new Uint32Array(users.length + 1)
  users.forEach((entries, user) => {
    start[user + 1] = start[user] + entries.length
  })
  const content = {
    userCount: users.length,
    itemCount,
    start,
    items: Uint32Array.from(visits, ([item]) => item),
    engagement: Float32Array.from(visits, ([, , engagement]) => engagement ?? 1),
    days: Float64Array.from(visits, ([, day]) => day),
    itemNos: Int32Array.from({ length: itemCount }, (_, row) => row),
    asOfDay: 1 + Math.max(0, ...visits.map(([, day]) => day)),
  }
  return { ...content, fingerprint: fingerprintOf(content) }
}

/** Users with 0 to 60 visits over 100 days, popular items more often; about one visit in ten repeats an item. */
export function generatedDataset(seed: number, userCount = 60, itemCount = 80): Dataset {
  const random = createRandom(seed)
  return datasetOf(
    Array.from({ length: userCount }, () => visitsOf(random, itemCount)),
    itemCount,
  )
}

function visitsOf(random: Random, itemCount: number): Visit[] {
  const count = random.below(61)
  const days = Array.from({ length: count }, () => Math.floor(random.next() * 1000) / 10).sort((a, b) => a - b)
  return days.map((day) => [Math.floor(itemCount * random.next() ** 2), day, random.next()])
}
