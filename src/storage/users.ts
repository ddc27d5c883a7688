import { createHmac, randomBytes } from 'node:crypto'
import { SonaError } from '../domain/errors.js'
import type { UserId } from '../domain/ids.js'
import { noTraits, type Traits, type User } from '../domain/user.js'
import { boolArray, textArray } from './binary-arrays.js'
import type { Changes } from './changes.js'
import type { Database, Queries, Statement } from './database.js'
import { holdsNul } from './nul.js'
import type { UserStore } from './store.js'

type Change = 'created' | 'updated' | 'unchanged'

const DEFAULT_BATCH = 1_000

export function userStore(database: Database, changes: Changes): UserStore {
  return {
    async put(users) {
      if (users.length === 0) return []
      for (const user of users) refuseNulCharacter(user)
      const written = await database.transaction((transaction) => put(transaction, users))
      changes.changed(written.changed)
      return written.results
    },

    async get(userId) {
      const [row] = await database.query<UserRow>(selectUser(userId))
      return row && readUser(row)
    },

    async delete(userId) {
      const erased = await database.transaction((transaction) => erase(transaction, userId))
      if (erased !== undefined) changes.changed(new Map([[userId, undefined]]))
      return erased
    },

    async *all(batch = DEFAULT_BATCH) {
      for (let after = 0; ; ) {
        const rows = await database.query<UserRow>(selectUsersAfter(after, batch))
        if (rows.length > 0) yield rows.map(readUser)
        if (rows.length < batch) return
        after = rows.at(-1)!.user_key
      }
    },
  }
}

interface UserRow {
  readonly user_key: number
  readonly user_id: UserId
  readonly traits: Partial<Traits>
  readonly consent_training: boolean
  readonly consent_personalisation: boolean
}

interface WrittenRow {
  readonly user_id: UserId
  readonly version: number
  readonly is_new: boolean
}

async function put(
  transaction: Queries,
  users: readonly User[],
): Promise<{ readonly results: readonly Change[]; readonly changed: ReadonlyMap<UserId, number> }> {
  const last = [...new Map(users.map((user) => [user.userId, user])).values()]
  // Locked in the order of their keys, as everywhere, so that no two transactions wait for each other.
  await transaction.query(lockUsers(last.map(({ userId }) => userId)))
  const rows = await transaction.query<WrittenRow>(upsertUsers(last))
  const written = new Map(rows.map((row) => [row.user_id, row]))
  const results = users.map(({ userId }): Change => {
    const row = written.get(userId)
    return row === undefined ? 'unchanged' : row.is_new ? 'created' : 'updated'
  })
  return { results, changed: new Map(rows.map((row) => [row.user_id, row.version])) }
}

/**
 * Erases for real, in one transaction: first the row that ties the id to its surrogate key, so that nothing can be added under
 * that key any more, then everything that hangs on the key. The id itself stays nowhere.
 *
 * A tombstone, the id's keyed hash, is left. Today it only records that an erasure took place; it does not yet refuse a later
 * import of the same events: an id that comes back is a new user with a new key.
 */
async function erase(transaction: Queries, userId: UserId): Promise<{ readonly events: number } | undefined> {
  const [gone] = await transaction.query<{ user_key: number }>({
    text: 'delete from sona.users where user_id = $1 returning user_key',
    values: [userId],
  })
  if (gone === undefined) return undefined
  const [erased] = await transaction.query<{ events: number }>({
    text: `
      with events as (
        delete from sona.events where user_key = $1 returning 1
      ),
      answers as (
        delete from sona.recommendations where user_key = $1
      ),
      adapters as (
        delete from sona.adapters where user_key = $1
      ),
      heads as (
        delete from sona.adapter_heads where user_key = $1
      ),
      due as (
        delete from sona.adapters_due where user_key = $1
      )
      select count(*) as events from events`,
    values: [gone.user_key],
  })
  const hash = createHmac('sha256', await erasureKey(transaction))
    .update(userId)
    .digest()
  await transaction.query({
    text: `
      insert into sona.erasures (user_hash) values ($1)
      on conflict (user_hash) do update set erased_at = now()`,
    values: [hash],
  })
  return { events: erased!.events }
}

/** Made once per database. Without it nobody can tell from a tombstone whose it is. */
async function erasureKey(transaction: Queries): Promise<Buffer> {
  const [row] = await transaction.query<{ value: string }>({
    text: `
      insert into sona.settings (name, value) values ('erasure_key', $1)
      on conflict (name) do update set value = settings.value
      returning value`,
    values: [randomBytes(32).toString('hex')],
  })
  return Buffer.from(row!.value, 'hex')
}

function refuseNulCharacter(user: User): void {
  if (holdsNul(user)) {
    throw new SonaError('INVALID_USER', `User '${user.userId}' holds the character U+0000, which cannot be stored.`)
  }
}

function readUser(row: UserRow): User {
  return {
    userId: row.user_id,
    traits: readTraits(row.traits),
    consent: { training: row.consent_training, personalisation: row.consent_personalisation },
  }
}

/** A user who came with an event has an empty document. */
export function readTraits(stored: Partial<Traits>): Traits {
  return { ...noTraits, ...stored }
}

const userColumns = 'user_key, user_id, traits, consent_training, consent_personalisation'

/** Index users_id. */
function selectUser(userId: UserId): Statement {
  return { text: `select ${userColumns} from sona.users where user_id = $1`, values: [userId] }
}

/** Index users_pkey. */
function selectUsersAfter(userKey: number, limit: number): Statement {
  return {
    text: `select ${userColumns} from sona.users where user_key > $1 order by user_key limit $2`,
    values: [userKey, limit],
  }
}

function lockUsers(userIds: readonly UserId[]): Statement {
  return {
    text: 'select user_key from sona.users where user_id = any ($1::text[]) order by user_key for update',
    values: [textArray(userIds)],
  }
}

/** Returns a row for each user that is new or differs. A row that this statement inserted has no xmax. */
function upsertUsers(users: readonly User[]): Statement {
  return {
    text: `
      insert into sona.users as u (user_id, traits, consent_training, consent_personalisation, version)
      select w.user_id, w.traits::jsonb, w.training, w.personalisation, 1
      from unnest($1::text[], $2::text[], $3::boolean[], $4::boolean[]) as w(user_id, traits, training, personalisation)
      order by w.user_id collate "C"
      on conflict (user_id) do update
      set traits = excluded.traits, consent_training = excluded.consent_training,
        consent_personalisation = excluded.consent_personalisation, version = u.version + 1
      where (u.traits, u.consent_training, u.consent_personalisation)
        is distinct from (excluded.traits, excluded.consent_training, excluded.consent_personalisation)
      returning u.user_id, u.version, u.xmax = 0 as is_new`,
    values: [
      textArray(users.map(({ userId }) => userId)),
      textArray(users.map(({ traits }) => JSON.stringify(traits))),
      boolArray(users.map(({ consent }) => consent.training)),
      boolArray(users.map(({ consent }) => consent.personalisation)),
    ],
  }
}
