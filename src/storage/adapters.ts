import type { UserId, UserKey } from '../domain/ids.js'
import {
  adapterColumns,
  adapterVersion,
  type ChangedUsers,
  changedUsers,
  type StoredRow,
  storedAdapter,
  storedColumns,
  type VersionRow,
  versionColumns,
} from './adapter-rows.js'
import { adapterStats } from './adapter-stats.js'
import { type AdapterChoice, type AdapterStore, type AdapterVersion, DEFAULT_ADAPTER, type NewAdapter } from './adapter-store.js'
import { adapterTierStore } from './adapter-tiers.js'
import { adaptersDue } from './adapters-due.js'
import { int8Array, textArray } from './binary-arrays.js'
import type { Changes } from './changes.js'
import type { Database, Queries, Statement } from './database.js'

const DEFAULT_BATCH = 1_000
/** Rows that one transaction of a clean-up deletes. */
const CLEAN_UP_ROWS = 5_000

export function adapterStore(database: Database, changes: Changes): AdapterStore {
  return {
    async load(userId, choice = {}) {
      const [row] = await database.query<StoredRow>(selectAdapter(userId, choice))
      return row && storedAdapter(row)
    },

    async loadMany(userIds, choice = {}) {
      if (userIds.length === 0) return new Map()
      const rows = await database.query<StoredRow & { readonly user_id: UserId }>(selectAdapters(userIds, choice))
      return new Map(rows.map((row) => [row.user_id, storedAdapter(row)]))
    },

    async save(adapters, { name = DEFAULT_ADAPTER } = {}) {
      if (adapters.length === 0) return new Map()
      const userKeys = adapters.map(({ userKey }) => userKey)
      const { versions, users } = await save(
        database,
        name,
        userKeys,
        adapters.map(onWhateverThereIs),
        adapters,
        adapters.map(ofNoOther),
      )
      changes.changed(users)
      return versions
    },

    async begin(adapters, { name = DEFAULT_ADAPTER } = {}) {
      if (adapters.length === 0) return []
      const willing = await database.query<{ user_key: UserKey }>(selectWilling(adapters.map(({ userKey }) => userKey)))
      const keys = new Set(willing.map(({ user_key }) => user_key))
      const wanted = adapters.filter(({ userKey }) => keys.has(userKey))
      if (wanted.length === 0) return []
      const userKeys = wanted.map(({ userKey }) => userKey)
      const { versions, users } = await save(database, name, userKeys, wanted.map(onNothing), wanted, wanted.map(ofNoOther))
      changes.changed(users)
      return [...versions.keys()]
    },

    async versions(userId, name = DEFAULT_ADAPTER) {
      const rows = await database.query<VersionRow>(selectVersions(userId, name))
      return rows.map(adapterVersion)
    },

    async rollback(userId, options = {}) {
      const restored = await database.transaction((transaction) => rollback(transaction, userId, options))
      if (restored === undefined) return undefined
      changes.changed(restored.users)
      return restored.adapter
    },

    async delete(userId, name) {
      const [row] = await database.query<{ versions: number; user_version: number | null }>(deleteAdapter(userId, name))
      if (row!.user_version !== null) changes.changed(new Map([[userId, row!.user_version]]))
      return row!.versions
    },

    async *list({ name = DEFAULT_ADAPTER, batch = DEFAULT_BATCH } = {}) {
      for (let after = 0; ; ) {
        const rows = await database.query<VersionRow & { user_id: UserId; user_key: number }>(selectNewest(name, after, batch))
        const last = rows.at(-1)
        if (last === undefined) return
        yield rows.map((row) => ({ userId: row.user_id, ...adapterVersion(row) }))
        after = last.user_key
      }
    },

    stats: (name = DEFAULT_ADAPTER) => adapterStats(database, name),

    async keepSpaces(spaces) {
      for (let gone = 0; ; ) {
        const [row] = await database.query<{ versions: number }>(deleteOtherSpaces(spaces))
        gone += row!.versions
        if (row!.versions < CLEAN_UP_ROWS) return gone
      }
    },

    due: adaptersDue(database, changes),
    tiers: adapterTierStore(database),
  }
}

const onWhateverThereIs = (): number => -1
const onNothing = (): number => 0
const ofNoOther = (): number => Number.NaN

/** Those who agree to be learned from, and to answers of their own. */
function selectWilling(userKeys: readonly UserKey[]): Statement {
  return {
    text: `
      select user_key
      from sona.users
      where user_key = any ($1::bigint[]) and consent_training and consent_personalisation`,
    values: [int8Array(userKeys)],
  }
}

/** The database function `sona.save_adapters` says what the bases mean. */
async function save(
  queries: Queries,
  name: string,
  userKeys: readonly number[],
  bases: readonly number[],
  adapters: readonly NewAdapter[],
  restoredFroms: readonly number[],
): Promise<Saved> {
  const { spaces, formats, datas, lessons, gates, gains } = adapterColumns(adapters)
  const learnedTos = int8Array(adapters.map(({ learnedTo }) => learnedTo))
  const [row] = await queries.query<
    { readonly saved_keys: readonly UserKey[]; readonly saved_versions: readonly number[] } & ChangedUsers
  >({
    text: `
      select *
      from sona.save_adapters(
        $1, $2::bigint[], $3::bigint[], $4::text[], $5::text[], $6::bytea[], $7::integer[], $8::bigint[],
        $9::double precision[], $10::double precision[], $11::bigint[]
      )`,
    values: [
      name,
      int8Array(userKeys),
      int8Array(bases),
      spaces,
      formats,
      datas,
      lessons,
      learnedTos,
      gates,
      gains,
      int8Array(restoredFroms),
    ],
  })
  return {
    versions: new Map(row!.saved_keys.map((userKey, at) => [userKey, row!.saved_versions[at]!])),
    users: changedUsers(row!),
  }
}

interface Saved {
  readonly versions: ReadonlyMap<UserKey, number>
  readonly users: ReadonlyMap<UserId, number>
}

/** The bytes of the earlier version, and where learning stands now: what was learned since is not to be learned again. */
async function rollback(
  transaction: Queries,
  userId: UserId,
  { name = DEFAULT_ADAPTER, to }: { readonly name?: string; readonly to?: number },
): Promise<{ readonly adapter: AdapterVersion; readonly users: ReadonlyMap<UserId, number> } | undefined> {
  await transaction.query(lockHead(userId, name))
  const kept = await transaction.query<VersionRow & { readonly user_key: number }>(selectVersions(userId, name))
  const newest = kept[0]
  const earlier = newest && kept.find(({ version }) => (to === undefined ? version < origin(newest) : version === to))
  if (earlier === undefined) return undefined
  const [stored] = await transaction.query<StoredRow>(selectVersion(earlier.user_key, name, earlier.version))
  const again = { ...storedAdapter(stored!), learnedTo: newest!.learned_to }
  const { users } = await save(transaction, name, [earlier.user_key], [-1], [again], [earlier.version])
  const [restored] = await transaction.query<VersionRow>(selectVersions(userId, name))
  return { adapter: adapterVersion(restored!), users }
}

/** Where a version's numbers were first. */
function origin({ version, restored_from }: VersionRow): number {
  return restored_from ?? version
}

/** Primary key, read backwards: versions of other spaces are skipped. */
function newestOf(userKey: string, name: string, space: string): string {
  return `
    select ${storedColumns}
    from sona.adapters a
    where a.user_key = ${userKey} and a.name = ${name} and (${space}::text is null or a.space = ${space})
    order by a.version desc
    limit 1`
}

/** Indexes users_id and adapters_pkey. */
export function selectAdapter(userId: UserId, { name = DEFAULT_ADAPTER, space }: AdapterChoice): Statement {
  return {
    name: 'sona-adapter',
    text: `
      select n.*
      from sona.users u
      cross join lateral (${newestOf('u.user_key', '$2', '$3')}) n
      where u.user_id = $1`,
    values: [userId, name, space ?? null],
  }
}

/** Indexes users_id and adapters_pkey. */
function selectAdapters(userIds: readonly UserId[], { name = DEFAULT_ADAPTER, space }: AdapterChoice): Statement {
  return {
    name: 'sona-adapters',
    text: `
      select u.user_id, n.*
      from unnest($1::text[]) as w(user_id)
      join sona.users u on u.user_id = w.user_id
      cross join lateral (${newestOf('u.user_key', '$2', '$3')}) n`,
    values: [textArray(userIds), name, space ?? null],
  }
}

/** Indexes users_id and adapters_pkey. */
function selectVersions(userId: UserId, name: string): Statement {
  return {
    text: `
      select u.user_key, ${versionColumns}
      from sona.users u
      join sona.adapters a using (user_key)
      where u.user_id = $1 and a.name = $2
      order by a.version desc`,
    values: [userId, name],
  }
}

function selectVersion(userKey: number, name: string, version: number): Statement {
  return {
    text: `select ${storedColumns} from sona.adapters a where a.user_key = $1 and a.name = $2 and a.version = $3`,
    values: [userKey, name, version],
  }
}

/** The user first, as in `sona.save_adapters`. */
function lockHead(userId: UserId, name: string): Statement {
  return {
    text: `
      with known as (
        select user_key from sona.users where user_id = $1 for no key update
      )
      select h.version
      from known k
      join sona.adapter_heads h on h.user_key = k.user_key and h.name = $2
      for update of h`,
    values: [userId, name],
  }
}

/** The head moves on, so that whoever was training on top of what is gone does not bring it back. */
function deleteAdapter(userId: UserId, name: string | undefined): Statement {
  return {
    text: `
      with noticed as (
        update sona.users u
        set version = u.version + 1
        where u.user_id = $1
          and exists (select from sona.adapters a where a.user_key = u.user_key and ($2::text is null or a.name = $2))
        returning u.user_key, u.version
      ),
      heads as (
        update sona.adapter_heads h
        set version = h.version + 1
        from noticed n
        where h.user_key = n.user_key and ($2::text is null or h.name = $2)
        returning h.user_key, h.name
      ),
      gone as (
        delete from sona.adapters a
        using heads h
        where a.user_key = h.user_key and a.name = h.name
        returning 1
      )
      select (select count(*) from gone) as versions, (select version from noticed) as user_version`,
    values: [userId, name ?? null],
  }
}

/** Index users_pkey, then the newest of each by adapters_pkey. */
function selectNewest(name: string, after: number, limit: number): Statement {
  return {
    text: `
      select u.user_key, u.user_id, ${versionColumns}
      from sona.adapter_heads h
      join sona.users u using (user_key)
      join sona.adapters a on a.user_key = h.user_key and a.name = h.name and a.version = h.version
      where h.name = $1 and h.user_key > $2
      order by h.user_key
      limit $3`,
    values: [name, after, limit],
  }
}

function deleteOtherSpaces(spaces: readonly string[]): Statement {
  return {
    text: `
      with gone as (
        delete from sona.adapters
        where ctid in (select ctid from sona.adapters where space <> all ($1::text[]) limit $2)
        returning 1
      )
      select count(*) as versions from gone`,
    values: [textArray(spaces), CLEAN_UP_ROWS],
  }
}
