import { randomUUID } from 'node:crypto'
import type { UserId, UserKey } from '../domain/ids.js'
import type { Traits } from '../domain/user.js'
import { adapterColumns, type ChangedUsers, changedUsers, type StoredRow, storedAdapter, storedColumns } from './adapter-rows.js'
import {
  type AdaptersDue,
  type Claim,
  type ClaimedUser,
  DEFAULT_ADAPTER,
  type DueCounts,
  type DueReason,
  type Training,
} from './adapter-store.js'
import { int4Array, int8Array, textArray } from './binary-arrays.js'
import type { Changes } from './changes.js'
import type { Database, Queries, Statement } from './database.js'
import { readTraits } from './users.js'

/** Users that one transaction makes due. */
const PASS_ROWS = 5_000

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
  const users = await transaction.query<UserRow>(selectClaimed(rows, name))
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

/** In the order of their keys, as everywhere, so that no two transactions wait for each other. */
const lockClaimed = `
  with mine as (
    select user_key
    from sona.adapters_due
    where user_key = any ($1::bigint[]) and claim = $2
    order by user_key
    for update
  )`

/** Index adapters_due_order, past those whom others have claimed; with `among` the primary key. */
export function claimDue(
  id: string,
  { limit, leaseMs, among }: { readonly limit: number; readonly leaseMs: number; readonly among?: readonly UserId[] },
): Statement {
  const isChosen =
    among === undefined ? '' : 'and user_key in (select u.user_key from sona.users u where u.user_id = any ($4::text[]))'
  return {
    text: `
      with chosen as (
        select user_key
        from sona.adapters_due
        where priority > 0 and due_from <= now() and (claimed_until is null or claimed_until <= now()) ${isChosen}
        order by priority desc, active_at desc
        limit $2
        for update skip locked
      )
      update sona.adapters_due d
      set claim = $1, claimed_until = now() + $3::double precision * interval '1 millisecond', is_requested = false
      from chosen c
      where d.user_key = c.user_key
      returning d.user_key, d.learned_to, d.events, d.priority, (extract(epoch from d.due_since) * 1000)::double precision as due_since`,
    values: [id, limit, leaseMs, ...(among === undefined ? [] : [textArray(among)])],
  }
}

/** Indexes users_pkey, adapter_heads_pkey and adapters_pkey. */
function selectClaimed(rows: readonly ClaimedRow[], name: string): Statement {
  return {
    name: 'sona-adapters-claimed',
    text: `
      select
        u.user_key, u.user_id, u.traits, u.consent_training, u.consent_personalisation, coalesce(h.version, 0) as base, n.*
      from unnest($1::bigint[]) as c(user_key)
      join sona.users u on u.user_key = c.user_key
      left join sona.adapter_heads h on h.user_key = c.user_key and h.name = $2
      left join lateral (
        select ${storedColumns}
        from sona.adapters a
        where a.user_key = c.user_key and a.name = $2
        order by a.version desc
        limit 1
      ) n on true`,
    values: [int8Array(rows.map(({ user_key }) => user_key)), name],
  }
}

/** A user without a row has no event that teaches: there is nothing to train. */
function requestUsers(userIds: readonly UserId[]): Statement {
  return {
    text: `
      with known as (
        select u.user_key
        from unnest($1::text[]) as w(user_id)
        join sona.users u on u.user_id = w.user_id
        order by u.user_key
        for key share of u
      )
      insert into sona.adapters_due as d (user_key, priority, due_since, is_requested)
      select user_key, 4, now(), true from known
      on conflict (user_key) do update
      set priority = 4, due_since = coalesce(d.due_since, now()), due_from = now(), is_requested = true
      returning d.user_key`,
    values: [textArray(userIds)],
  }
}

/** A page of everybody: users who have something to learn, or an adapter of another space. Index adapters_due_pkey. */
function requestAfter(after: number, space: string | undefined, name: string): Statement {
  return {
    text: `
      with page as (
        select user_key, events, priority
        from sona.adapters_due
        where user_key > $1
        order by user_key
        limit $2
        for update
      ),
      added as (
        update sona.adapters_due d
        set priority = 1, due_since = now()
        from page p
        where d.user_key = p.user_key and p.priority = 0 and (
          p.events > 0
          or $3 <> (
            select a.space from sona.adapters a where a.user_key = p.user_key and a.name = $4 order by a.version desc limit 1
          )
        )
        returning 1
      )
      select (select count(*) from added)::integer as added, (select max(user_key) from page) as last`,
    values: [after, PASS_ROWS, space ?? null, name],
  }
}

/** Reads the whole table: for an operator, or once a minute. */
function selectCounts(): Statement {
  return {
    text: `
      select
        count(*) filter (where priority = 0 and events > 0) as gathering,
        count(*) filter (where priority > 0) as due,
        count(*) filter (where priority > 0 and claimed_until > now()) as claimed,
        (extract(epoch from min(due_since)) * 1000)::double precision as oldest
      from sona.adapters_due`,
  }
}
