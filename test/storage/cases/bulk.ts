import { randomUUID } from 'node:crypto'
import { expect } from 'vitest'
import type { UserKey } from '../../../src/domain/ids.js'
import { selectAdapter } from '../../../src/storage/adapters.js'
import { claimDue } from '../../../src/storage/adapters-due-statements.js'
import { selectEventsOfUser, selectUserState } from '../../../src/storage/events-read.js'
import { selectPasts } from '../../../src/storage/user-pasts.js'
import { type Bench, event, item, NOON, results, type StoreCase, userId, writeItems } from '../bench.js'
import { someAdapter } from './adapters.js'

/** Cases that leave many rows behind; they come last, since others walk whole tables. */
export const bulkCases: readonly StoreCase[] = [
  {
    name: 'writes a batch of 20,000 events of 2,000 users',
    async check(bench) {
      const { store, name } = bench
      const films = await writeItems(bench, 50)
      const batch = Array.from({ length: 20_000 }, (_, n) =>
        event(`e${n}`, name(`u${n % 2_000}`), films[n % 50]!, { occurredAt: NOON + n }),
      )
      const append = await store.events.append(batch)
      expect(new Set(results(append))).toEqual(new Set(['accepted']))
      expect(append.versions.size).toBe(2_000)
      expect(new Set(results(await store.events.append(batch)))).toEqual(new Set(['duplicate']))
      expect((await store.events.userState(userId(name('u7')), 100))?.events.map((stored) => stored.event.eventId)).toEqual(
        [9, 8, 7, 6, 5, 4, 3, 2, 1, 0].map((n) => `e${n * 2_000 + 7}`),
      )
    },
  },
  {
    name: 'finds one user’s state by index alone',
    check: usesIndexes,
  },
]

/** With enough rows that a scan would be dearer than any index. */
async function usesIndexes(bench: Bench): Promise<void> {
  const { store, database, name } = bench
  const films = await writeItems(bench, 20)
  await store.items.put(Array.from({ length: 2_000 }, (_, n) => item(name(`more-${n}`))))
  await store.events.append(
    Array.from({ length: 12_000 }, (_, n) => event(`e${n}`, name(`u${n % 600}`), films[n % 20]!, { occurredAt: NOON + n })),
  )
  const keys = await database.query<{ user_key: UserKey }>({ text: 'select user_key from sona.users' })
  await store.adapters.save(keys.map(({ user_key }) => ({ userKey: user_key, ...someAdapter('x') })))
  // The embedded database never gathers statistics by itself: the plans must be right without and with them.
  await expectIndexes(bench)
  for (const table of ['events', 'users', 'items', 'adapters', 'adapters_due'])
    await database.query({ text: `analyze sona.${table}` })
  await expectIndexes(bench)
}

async function expectIndexes(bench: Bench): Promise<void> {
  const user = userId(bench.name('u5'))
  const state = await explain(bench, selectUserState(user, 10))
  const page = await explain(bench, selectEventsOfUser(user, 10, { occurredAt: NOON, sequence: 1 }))
  expect(state).toContain('users_id')
  expect(state).toMatch(/events_\d_user_key_occurred_at_sequence_idx/) // the partition's part of events_newest
  expect(state).toMatch(/events_\d_user_key_item_no_idx/) // … of events_seen
  expect(page).toMatch(/events_\d_user_key_occurred_at_sequence_idx/)
  const adapter = await explain(bench, selectAdapter(user, { space: 'a space' }))
  expect(adapter).toContain('users_id')
  expect(adapter).toContain('adapters_pkey')
  const keys = (await bench.database.query({
    text: 'select user_key from sona.users order by user_key limit 8',
  })) as unknown as { user_key: UserKey }[]
  const pasts = await explain(bench, { text: selectPasts(keys.map(({ user_key }) => ({ userKey: user_key, after: 0 }))) })
  expect(pasts).toMatch(/events_\d_user_key_occurred_at_sequence_idx/)
  const claim = await explain(bench, claimDue(randomUUID(), { limit: 64, leaseMs: 1 }))
  expect(claim).toContain('adapters_due_order')
  for (const plan of [state, page, adapter, pasts]) expect(plan).not.toContain('Seq Scan')
}

async function explain(
  bench: Bench,
  { text, values = [] }: { readonly text: string; readonly values?: readonly unknown[] },
): Promise<string> {
  // Only EXPLAIN EXECUTE takes parameters as values, and shows the plan that a prepared statement gets.
  const rows = await bench.database.transaction(async (transaction) => {
    await transaction.query({ text: 'set local plan_cache_mode = force_generic_plan' })
    return transaction.query<{ 'QUERY PLAN': string }>({ text: `explain ${text}`, values: values as never })
  })
  return rows.map((row) => row['QUERY PLAN']).join('\n')
}
