-- Adapters at rest, and whose adapter is due. docs/adapters.md has the words.

-- The newest version of each adapter. Outlives its bytes, so that a number is never given twice, and is what writers wait for.
create table sona.adapter_heads (
  user_key bigint not null,
  name text collate "C" not null,
  version bigint not null,
  primary key (user_key, name)
) with (fillfactor = 75);

create table sona.adapters (
  user_key bigint not null,
  name text collate "C" not null,
  version bigint not null,
  -- The feature space (src/adapters/tier.ts) it was learned in.
  space text collate "C" not null,
  -- f32, f16 or int8.
  format text not null,
  -- As src/adapters/codec.ts writes it, with its own checksum.
  data bytea not null,
  -- Events it has learned from, and the sequence of the last one.
  lessons integer not null,
  learned_to bigint not null,
  -- How far it may speak, 0–1, and what it has gained its user in log-likelihood.
  gate real not null,
  gain real not null,
  -- The version that this one brought back.
  restored_from bigint,
  created_at timestamptz not null default now(),
  primary key (user_key, name, version)
) with (toast_tuple_target = 4080);
-- Learned numbers do not compress; trying costs most of the write.
alter table sona.adapters alter column data set storage external;

-- A user for whom an adapter could learn something, or once could.
create table sona.adapters_due (
  user_key bigint primary key,
  -- Events that teach and that have not been used, and the last of them that says much by itself.
  events integer not null default 0,
  strong_sequence bigint not null default 0,
  -- Events up to this sequence have been used.
  learned_to bigint not null default 0,
  -- 0 not due · 1 when there is time · 2 enough events · 3 a strong signal · 4 asked for. The highest first.
  priority smallint not null default 0,
  due_since timestamptz,
  -- Not before: some seconds lie between two trainings of one user.
  due_from timestamptz not null default now(),
  -- The minute of the last event: by the minute, so that not every event moves an index entry.
  active_at timestamptz not null default date_trunc('minute', now()),
  -- Asked for since the claim; else the claim's end would forget it.
  is_requested boolean not null default false,
  -- Who trains the user now; theirs no longer after claimed_until.
  claim uuid,
  claimed_until timestamptz
) with (fillfactor = 60); -- every append updates a row or more: with room on its page no index has to change
create index adapters_due_order on sona.adapters_due (priority desc, active_at desc) where priority > 0;

-- What is learned from everybody as events arrive, of each feature space: the last three versions.
create table sona.adapter_tiers (
  space text collate "C" not null,
  version bigint not null,
  data bytea not null,
  created_at timestamptz not null default now(),
  primary key (space, version)
);

insert into sona.settings (name, value) values ('adapters_due_events', '10'), ('adapters_due_pause_ms', '10000');

create function sona.adapters_policy(out least_events integer, out pause interval) language sql stable as $$
  select
    (select value::integer from sona.settings where name = 'adapters_due_events'),
    (select value::double precision from sona.settings where name = 'adapters_due_pause_ms') * interval '1 millisecond'
$$;

-- Saves adapters as new versions, the last three of each feature space stay, and says which were saved; the user's own version moves too, so
-- that what is remembered of the user elsewhere is known to be old. Users who are gone are left out, and adapters that are no longer at
-- the version they are to follow.
create function sona.save_adapters(
  given_name text,
  user_keys bigint[],
  bases bigint[], -- the version each follows, 0 without any; -1: whatever there is; null: not to be saved
  spaces text[],
  formats text[],
  datas bytea[],
  lessons integer[],
  learned_tos bigint[],
  gates double precision[],
  gains double precision[],
  restored_froms bigint[],
  out saved_keys bigint[],
  out saved_versions bigint[],
  out user_ids text[],
  out user_versions bigint[]
) language plpgsql as $$
begin
  -- Users first and in the order of their keys, as everywhere, so that no two transactions wait for each other.
  perform from sona.users u where u.user_key = any (user_keys) order by u.user_key for no key update;

  insert into sona.adapter_heads (user_key, name, version)
  select g.user_key, given_name, 0
  from unnest(user_keys, bases) as g(user_key, base)
  join sona.users u on u.user_key = g.user_key
  where g.base is not null
  order by g.user_key
  on conflict do nothing;

  perform from sona.adapter_heads h where h.user_key = any (user_keys) and h.name = given_name order by h.user_key for update;

  with given as (
    select g.*
    from unnest(user_keys, bases, spaces, formats, datas, lessons, learned_tos, gates, gains, restored_froms)
      as g(user_key, base, space, format, data, lessons, learned_to, gate, gain, restored_from)
  ),
  heads as (
    update sona.adapter_heads h
    set version = h.version + 1
    from given g
    where h.user_key = g.user_key and h.name = given_name and g.base in (-1, h.version)
    returning h.user_key, h.version, g.space
  ),
  saved as (
    insert into sona.adapters (
      user_key, name, version, space, format, data, lessons, learned_to, gate, gain, restored_from
    )
    select
      g.user_key, given_name, h.version, g.space, g.format, g.data, g.lessons, g.learned_to, g.gate, g.gain, g.restored_from
    from given g
    join heads h on h.user_key = g.user_key
    order by g.user_key
  ),
  outdated as (
    delete from sona.adapters a
    using heads h
    where a.user_key = h.user_key and a.name = given_name and a.version <= h.version - 3 and a.space = h.space
  ),
  noticed as (
    update sona.users u
    set version = u.version + 1
    from heads h
    where u.user_key = h.user_key
    returning u.user_key, u.user_id, u.version
  )
  select
    coalesce(array_agg(h.user_key), '{}'), coalesce(array_agg(h.version), '{}'),
    coalesce(array_agg(n.user_id), '{}'), coalesce(array_agg(n.version), '{}')
  into saved_keys, saved_versions, user_ids, user_versions
  from heads h
  join noticed n on n.user_key = h.user_key;
end
$$;

-- Ends a claim: saves what was learned as new versions, and takes what it was learned from off what is due. Of each user in one piece,
-- or, where the claim is lost, the user is gone or somebody else changed the adapter, nothing.
create function sona.finish_adapters(
  given_claim uuid,
  given_name text,
  user_keys bigint[],
  taught integer[], -- events used
  learned_tos bigint[],
  bases bigint[], -- the version it was learned on top of, 0 without any; null: there is nothing to save
  spaces text[],
  formats text[],
  datas bytea[],
  lessons integer[],
  gates double precision[],
  gains double precision[],
  out finished_keys bigint[],
  out finished_versions bigint[], -- 0 where nothing was to be saved
  out user_ids text[], -- of those with a new version
  out user_versions bigint[]
) language plpgsql as $$
declare
  policy record;
  own_keys bigint[];
  own_bases bigint[];
  saved record;
begin
  select * into policy from sona.adapters_policy();

  perform from sona.users u where u.user_key = any (user_keys) order by u.user_key for no key update;

  perform from sona.adapters_due d where d.user_key = any (user_keys) and d.claim = given_claim order by d.user_key for update;

  select
    array_agg(d.user_key),
    array_agg(case when d.user_key is not null then g.base end order by g.place)
  into own_keys, own_bases
  from unnest(user_keys, bases) with ordinality as g(user_key, base, place)
  left join (sona.adapters_due d join sona.users u on u.user_key = d.user_key)
    on d.user_key = g.user_key and d.claim = given_claim;

  select * into saved
  from sona.save_adapters(
    given_name, user_keys, own_bases, spaces, formats, datas, lessons, learned_tos, gates, gains,
    array_fill(null::bigint, array[cardinality(user_keys)])
  );
  user_ids := saved.user_ids;
  user_versions := saved.user_versions;

  with done as (
    select g.user_key, g.taught, g.learned_to, coalesce(s.version, 0) as version
    from unnest(user_keys, taught, learned_tos, bases) as g(user_key, taught, learned_to, base)
    left join unnest(saved.saved_keys, saved.saved_versions) as s(user_key, version) on s.user_key = g.user_key
    where g.user_key = any (own_keys) and (g.base is null or s.version is not null)
  ),
  left_over as (
    select
      d.user_key, o.learned_to, o.version,
      greatest(0, d.events - o.taught) as events,
      case
        when d.is_requested then 4
        when d.strong_sequence > o.learned_to then 3
        when d.events - o.taught >= policy.least_events then 2
        else 0
      end as priority
    from done o
    join sona.adapters_due d on d.user_key = o.user_key
  ),
  moved as (
    update sona.adapters_due d
    set events = l.events, learned_to = greatest(d.learned_to, l.learned_to), priority = l.priority,
      due_since = case when l.priority > 0 then clock_timestamp() end,
      due_from = clock_timestamp() + case when l.priority = 4 then interval '0' else policy.pause end
    from left_over l
    where d.user_key = l.user_key
  )
  select coalesce(array_agg(l.user_key), '{}'), coalesce(array_agg(l.version), '{}')
  into finished_keys, finished_versions
  from left_over l;

  -- What was not finished is due as it was.
  update sona.adapters_due d
  set claim = null, claimed_until = null
  where d.user_key = any (user_keys) and d.claim = given_claim;
end
$$;

-- As before, and now it counts for each user the events that teach (all but impressions, kind 0) and says when that makes their adapter
-- due: enough of them, or one that says much by itself (a dislike, kind 8, or a rating at either end of its scale).
-- user_ids and item_ids hold every id once; event_user and event_item point into them, from 1.
create or replace function sona.append_events(
  user_ids text[],
  item_ids text[],
  event_user integer[],
  event_item integer[],
  event_ordinal integer[], -- the how-manieth of its user in this call, from 1
  event_ids text[],
  kinds smallint[],
  seens boolean[],
  rewatches boolean[],
  completions double precision[],
  ratings double precision[],
  rating_mins double precision[],
  rating_maxs double precision[],
  occurred_ats timestamptz[],
  contexts text[],
  recommendation_ids text[],
  out item_nos integer[], -- by item_ids; -1 where there is no such item
  out versions bigint[], -- by user_ids; 0 where there is no such user
  out duplicates integer[] -- events that were not written although their item exists, from 1
) language plpgsql as $$
declare
  user_keys bigint[];
  last_sequences bigint[];
  least_events constant integer := (select p.least_events from sona.adapters_policy() p);
begin
  select coalesce(array_agg(coalesce(i.item_no, -1) order by w.place), '{}') into item_nos
  from unnest(item_ids) with ordinality as w(item_id, place)
  left join sona.items i on i.item_id = w.item_id and i.deleted_at is null;

  -- Again if somebody is erased between being found and being locked.
  loop
    insert into sona.users (user_id)
    select w.user_id
    from (
      select distinct user_ids[e.user_place] as user_id
      from unnest(event_user, event_item) as e(user_place, item_place)
      where item_nos[e.item_place] >= 0
    ) w
    where not exists (select from sona.users u where u.user_id = w.user_id)
    order by w.user_id collate "C" -- in one order for everybody, or two calls could wait for each other
    on conflict do nothing;

    perform
    from unnest(user_ids) as w(user_id)
    join sona.users u on u.user_id = w.user_id
    order by u.user_key
    for update of u;

    select
      array_agg(coalesce(u.user_key, 0) order by w.place),
      array_agg(coalesce(u.last_sequence, 0) order by w.place)
    into user_keys, last_sequences
    from unnest(user_ids) with ordinality as w(user_id, place)
    left join sona.users u on u.user_id = w.user_id;

    exit when not exists (
      select from unnest(event_user, event_item) as e(user_place, item_place)
      where item_nos[e.item_place] >= 0 and user_keys[e.user_place] = 0
    );
  end loop;

  with given as (
    select
      e.place,
      user_keys[e.user_place] as user_key,
      last_sequences[e.user_place] + e.ordinal as sequence,
      item_nos[e.item_place] as item_no,
      e.event_id, e.kind, e.seen, e.rewatch, e.completion, e.rating, e.rating_min, e.rating_max, e.occurred_at,
      e.context, e.recommendation_id
    from unnest(
      event_user, event_item, event_ordinal, event_ids, kinds, seens, rewatches, completions, ratings, rating_mins, rating_maxs,
      occurred_ats, contexts, recommendation_ids
    ) with ordinality as e(
      user_place, item_place, ordinal, event_id, kind, seen, rewatch, completion, rating, rating_min, rating_max,
      occurred_at, context, recommendation_id, place
    )
    where item_nos[e.item_place] >= 0
  ),
  written as (
    insert into sona.events (
      user_key, event_id, sequence, item_no, kind, seen, rewatch, completion, rating, rating_min, rating_max, occurred_at,
      context, recommendation_id
    )
    select
      g.user_key, g.event_id, g.sequence, g.item_no, g.kind, g.seen, g.rewatch, g.completion, g.rating, g.rating_min,
      g.rating_max, g.occurred_at, g.context::jsonb, g.recommendation_id
    from given g
    order by g.user_key, g.place -- neighbours in the table and in its indexes
    on conflict do nothing
    returning user_key, sequence, kind, rating, rating_min, rating_max
  ),
  gained as (
    select
      w.user_key, count(*) as events, max(w.sequence) as last_sequence,
      count(*) filter (where w.kind <> 0) as teaching,
      max(w.sequence) filter (where w.kind = 8 or w.rating in (w.rating_min, w.rating_max)) as strong_sequence
    from written w
    group by w.user_key
  ),
  moved as (
    update sona.users u
    set version = u.version + 1, last_sequence = g.last_sequence, event_count = u.event_count + g.events
    from gained g
    where u.user_key = g.user_key
  ),
  due as (
    insert into sona.adapters_due as d (user_key, events, strong_sequence, priority, due_since)
    select
      g.user_key, g.teaching, coalesce(g.strong_sequence, 0), p.priority,
      case when p.priority > 0 then now() end
    from gained g
    cross join lateral (
      select case when g.strong_sequence is not null then 3 when g.teaching >= least_events then 2 else 0 end as priority
    ) p
    where g.teaching > 0
    order by g.user_key
    on conflict (user_key) do update set
      events = d.events + excluded.events,
      strong_sequence = greatest(d.strong_sequence, excluded.strong_sequence),
      priority = greatest(d.priority, excluded.priority, case when d.events + excluded.events >= least_events then 2 else 0 end),
      due_since = case
        when d.due_since is null and (excluded.priority > 0 or d.events + excluded.events >= least_events) then now()
        else d.due_since
      end,
      active_at = excluded.active_at
  ),
  -- By grouping, because the planner takes both sides for a handful of rows and would compare each with each.
  unwritten as (
    select max(b.place) as place
    from (
      select g.user_key, g.sequence, g.place from given g
      union all
      select w.user_key, w.sequence, null from written w
    ) b
    group by b.user_key, b.sequence
    having count(*) = 1
  )
  select coalesce(array_agg(u.place::integer order by u.place), '{}') into duplicates
  from unwritten u;

  select array_agg(coalesce(u.version, 0) order by w.place) into versions
  from unnest(user_keys) with ordinality as w(user_key, place)
  left join sona.users u on u.user_key = w.user_key;
end
$$;
