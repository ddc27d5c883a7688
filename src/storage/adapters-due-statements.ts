import type { UserId, UserKey } from '../domain/ids.js'
import { storedColumns } from './adapter-rows.js'
import { int8Array, textArray } from './binary-arrays.js'
import type { Statement } from './database.js'

/** Users that one transaction makes due. */
const PASS_ROWS = 5_000

/** In the order of their keys, as everywhere, so that no two transactions wait for each other. */
export const lockClaimed = `
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
    name: `sona-adapters-claim${among === undefined ? '' : '-among'}`,
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

/** Index adapters_due_order; with the same conditions as a claim. */
export function selectAnyDue(): Statement {
  return {
    name: 'sona-adapters-any-due',
    text: `
      select 1
      from sona.adapters_due
      where priority > 0 and due_from <= now() and (claimed_until is null or claimed_until <= now())
      limit 1`,
  }
}

/** Indexes users_pkey, adapter_heads_pkey and adapters_pkey. */
export function selectClaimed(userKeys: readonly UserKey[], name: string): Statement {
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
    values: [int8Array(userKeys), name],
  }
}

/** A user without a row has no event that teaches: there is nothing to train. */
export function requestUsers(userIds: readonly UserId[]): Statement {
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
export function requestAfter(after: number, space: string | undefined, name: string): Statement {
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
export function selectCounts(): Statement {
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
