import { randomUUID } from 'node:crypto'
import type { UserId, UserKey } from '../domain/ids.js'
import type { Traits } from '../domain/user.js'
import { adapterColumns, type ChangedUsers, changedUsers, type StoredRow, storedAdapter } from './adapter-rows.js'
import {
  type AdaptersDue,
  type Claim,
  type ClaimedUser,
  DEFAULT_ADAPTER,
  type DueCounts,
  type DueReason,
  type Training,
} from './adapter-store.js'
import {
  claimDue,
  lockClaimed,
  requestAfter,
  requestUsers,
  selectAnyDue,
  selectClaimed,
  selectCounts,
} from './adapters-due-statements.js'
import { int4Array, int8Array } from './binary-arrays.js'
import type { Changes } from './changes.js'
import type { Database, Queries } from './database.js'
import { readTraits } from './users.js'

export function adaptersDue(database: Database, changes: Changes): AdaptersDue {
  return {
    async request(userIds) {
      if (userIds.length === 0) return 0
      return (await database.query(requestUsers(userIds))).length
    },

    async requestAll({ space, name = DEFAULT_ADAPTER } = {}) {
      let added = 0
      for (let after: number | null = 0; after !== null; ) {
        const [page]: PassRow[] = await database.query<PassRow>(requestAfter(after, space, name))
        added += page!.added
        after = page!.last
      }
      return added
    },

    async claim({ limit, leaseMs, name = DEFAULT_ADAPTER, among }) {
      const id = randomUUID()
      return database.transaction(async (transaction) => {
        const rows = await transaction.query<ClaimedRow>(claimDue(id, { limit, leaseMs, ...(among && { among }) }))
        return { id, users: rows.length === 0 ? [] : await claimedUsers(transaction, rows, name) }
      })
    },

    async extend(claim, leaseMs) {
      const rows = await database.query({
        text: `
          ${lockClaimed}
          update sona.adapters_due d
          set claimed_until = now() + $3::double precision * interval '1 millisecond'
          from mine m
          where d.user_key = m.user_key
          returning d.user_key`,
        values: [keysOf(claim), claim.id, leaseMs],
      })
      return rows.length === claim.users.length
    },

    async finish(claim, trainings, { name = DEFAULT_ADAPTER } = {}) {
      if (trainings.length === 0) return new Map()
      const { versions, users } = await finish(database, claim, trainings, name)
      changes.changed(users)
      return versions
    },

    async release(claim) {
      await database.query({
        text: `
          ${lockClaimed}
          update sona.adapters_due d
          set claim = null, claimed_until = null
          from mine m
          where d.user_key = m.user_key`,
        values: [keysOf(claim), claim.id],
      })
    },

    async ofUser(userId) {
      const [row] = await database.query<{ events: number; priority: number }>({
        text: 'select d.events, d.priority from sona.users u join sona.adapters_due d using (user_key) where u.user_id = $1',
        values: [userId],
      })
      if (row === undefined) return { events: 0 }
      return { events: row.events, ...(row.priority > 0 && { reason: reasons[row.priority - 1]! }) }
    },

    async counts() {
      const [row] = await database.query<CountsRow>(selectCounts())
      const { gathering, due, claimed, oldest } = row!
      return { gathering, due, claimed, oldestDueSince: oldest ?? undefined } satisfies DueCounts
    },

    isAny: async () => (await database.query(selectAnyDue())).length > 0,

    async of(userId) {
      const [row] = await database.query<{ events: number; priority: number }>({
        text: `
          select d.events, d.priority
          from sona.users u
          join sona.adapters_due d on d.user_key = u.user_key
          where u.user_id = $1`,
        values: [userId],
      })
      return row && { events: row.events, reason: reasons[row.priority - 1] }
    },

    async policy() {
      const [row] = await database.query<{ least_events: number; pause_ms: number }>({
        text: `
          select least_events, (extract(epoch from pause) * 1000)::double precision as pause_ms
          from sona.adapters_policy()`,
      })
      return { leastEvents: row!.least_events, pauseMs: row!.pause_ms }
    },

    async setPolicy({ leastEvents, pauseMs }) {
      await database.query({
        text: `
          insert into sona.settings (name, value) values ('adapters_due_events', $1), ('adapters_due_pause_ms', $2)
          on conflict (name) do update set value = excluded.value`,
        values: [String(leastEvents), String(pauseMs)],
      })
    },
  }
}

interface PassRow {
  readonly added: number
  readonly last: number | null
}

interface CountsRow {
  readonly gathering: number
  readonly due: number
  readonly claimed: number
  readonly oldest: number | null
}

interface ClaimedRow {
  readonly user_key: UserKey
  readonly learned_to: number
  readonly events: number
  readonly priority: number
  readonly due_since: number
}

/** By priority, as the migration lists them. */
const reasons: readonly DueReason[] = ['pass', 'events', 'signal', 'request']

/** What is known of the claimed, read after they are: whoever trained them before has written by then. */
async function claimedUsers(transaction: Queries, rows: readonly ClaimedRow[], name: string): Promise<readonly ClaimedUser[]> {
  interface UserRow extends Omit<StoredRow, 'data'> {
    readonly data: Buffer | null
    readonly user_key: UserKey
    readonly user_id: UserId
    readonly traits: Partial<Traits>
    readonly consent_training: boolean
    readonly consent_personalisation: boolean
    readonly base: number
  }
  const users = await transaction.query<UserRow>(
    selectClaimed(
      rows.map(({ user_key }) => user_key),
      name,
    ),
  )
  const claims = new Map(rows.map((row) => [row.user_key, row]))
  const priority = ({ user_key }: UserRow): number => claims.get(user_key)!.priority
  users.sort((a, b) => priority(b) - priority(a))
  return users.map((row): ClaimedUser => {
    const { learned_to, events, due_since } = claims.get(row.user_key)!
    return {
      userKey: row.user_key,
      userId: row.user_id,
      traits: readTraits(row.traits),
      consent: { training: row.consent_training, personalisation: row.consent_personalisation },
      reason: reasons[priority(row) - 1]!,
      dueSince: due_since,
      events,
      learnedTo: learned_to,
      base: row.base,
      ...(row.data !== null && { adapter: storedAdapter({ ...row, data: row.data }) }),
    }
  })
}

async function finish(
  database: Database,
  claim: Claim,
  trainings: readonly Training[],
  name: string,
): Promise<{ readonly versions: ReadonlyMap<UserKey, number>; readonly users: ReadonlyMap<UserId, number> }> {
  const bases = new Map(claim.users.map(({ userKey, base }) => [userKey, base]))
  const { spaces, formats, datas, lessons, gates, gains } = adapterColumns(trainings.map(({ adapter }) => adapter))
  const [row] = await database.query<
    { readonly finished_keys: readonly UserKey[]; readonly finished_versions: readonly number[] } & ChangedUsers
  >({
    name: 'sona-adapters-finish',
    text: `
      select *
      from sona.finish_adapters(
        $1, $2, $3::bigint[], $4::integer[], $5::bigint[], $6::bigint[], $7::text[], $8::text[], $9::bytea[], $10::integer[],
        $11::double precision[], $12::double precision[]
      )`,
    values: [
      claim.id,
      name,
      int8Array(trainings.map(({ userKey }) => userKey)),
      int4Array(trainings.map(({ taught }) => taught)),
      int8Array(trainings.map(({ learnedTo }) => learnedTo)),
      int8Array(trainings.map(({ userKey, adapter }) => (adapter === undefined ? Number.NaN : bases.get(userKey)!))),
      spaces,
      formats,
      datas,
      lessons,
      gates,
      gains,
    ],
  })
  return {
    versions: new Map(row!.finished_keys.map((userKey, at) => [userKey, row!.finished_versions[at]!])),
    users: changedUsers(row!),
  }
}

function keysOf(claim: Claim): Buffer {
  return int8Array(claim.users.map(({ userKey }) => userKey))
}
