import type { Event } from '../../src/domain/event.js'
import type { EventId, ItemId, UserId } from '../../src/domain/ids.js'
import { createRandom } from '../../src/domain/random.js'
import type { PlanSpec } from '../../src/pipeline/plan.js'
import type { Store } from '../../src/storage/store.js'
import { ITEMS, smallItems } from '../small-world.js'

const HOUR_MS = 3_600_000
export const USERS = 120
export const FIRST_DAY = Date.UTC(2025, 0, 1)

/** Each user goes through the films of one half in order, mostly: who knows the last film can tell the next. */
export function smallEvents(events: number, seed = 1): readonly Event[] {
  const random = createRandom(seed)
  const at = Array.from({ length: USERS }, () => random.below(ITEMS / 2))
  return Array.from({ length: events }, (_, n): Event => {
    const user = n % USERS
    const half = user % 2
    const film = half * (ITEMS / 2) + (at[user] % (ITEMS / 2))
    at[user] += random.next() < 0.8 ? 1 : 2
    return {
      eventId: `${seed}/${n}` as EventId,
      userId: `u${user}` as UserId,
      itemId: smallItems[film].item.itemId as ItemId,
      kind: 'complete',
      completion: 1,
      rewatch: false,
      occurredAt: FIRST_DAY + n * HOUR_MS,
    }
  })
}

export async function fillStore(store: Store, events: number): Promise<void> {
  await store.items.put(smallItems.map(({ item }) => item))
  const all = smallEvents(events)
  for (let from = 0; from < all.length; from += 1_000) await store.events.append(all.slice(from, from + 1_000))
}

/** One source that knows the order of films, and nothing to learn to rank: trained in a moment. */
export const orderPlan: PlanSpec = {
  name: 'order',
  sources: [{ name: 'next', source: 'sequential', model: 'transitions' }],
  ranker: 'weighted',
  weights: { next: 1 },
  rules: [],
  candidatesPerSource: 60,
  models: [{ algorithm: 'transitions' }],
}

/** The same plan with another model under the name: what it trains ranks badly. */
export const brokenPlan: PlanSpec = { ...orderPlan, models: [{ name: 'transitions', algorithm: 'popularity' }] }
