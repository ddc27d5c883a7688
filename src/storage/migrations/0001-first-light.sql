-- Items, users, events, models and answers. Everything lives in a schema of its own, so that a database can be shared.
-- Ids of the caller are compared byte by byte (collate "C"): the same everywhere, and the fastest.

-- One row each, because a sequence leaves holes when a transaction is rolled back, and these numbers must not.
create table sona.counters (
  name text primary key,
  value bigint not null
);
insert into sona.counters (name, value) values ('item_no', -1), ('artifact_version', 0);

create table sona.settings (
  name text primary key,
  value text not null
);

create table sona.items (
  item_no integer primary key,
  item_id text collate "C" not null,
  kind text not null,
  title text not null,
  hidden boolean not null,
  released_at timestamptz,
  -- Everything but the offers, which have a table.
  document jsonb not null,
  -- SHA-256 over the whole item; says whether a write changes anything.
  digest bytea not null,
  updated_at timestamptz not null default now(),
  -- A deleted item keeps its number and its id, so that events still have a name for it. Its document is emptied.
  deleted_at timestamptz
);
create unique index items_id on sona.items (item_id) where deleted_at is null;

create table sona.offers (
  item_no integer not null references sona.items on delete cascade,
  -- Position in the item's list.
  ordinal smallint not null,
  platform text not null,
  type text not null,
  -- ISO 3166 alpha-2. Empty: everywhere.
  regions text[] not null,
  -- Inclusive.
  available_from timestamptz,
  -- Exclusive.
  available_until timestamptz,
  primary key (item_no, ordinal)
);

create table sona.users (
  -- Stands for the user everywhere else. Erasing a user retires it for good.
  user_key bigint generated always as identity primary key,
  user_id text collate "C" not null,
  traits jsonb not null default '{}',
  consent_training boolean not null default true,
  consent_personalisation boolean not null default true,
  -- Grows by one with every append that brought the user an event, and with every change of the row.
  version bigint not null default 0,
  -- The highest sequence among the user's events; events that were duplicates leave gaps.
  last_sequence bigint not null default 0,
  event_count bigint not null default 0,
  created_at timestamptz not null default now()
) with (fillfactor = 75); -- every append updates a row or more: with room on its page no index has to change
create unique index users_id on sona.users (user_id);

-- Who was erased, as a keyed hash (the key is in settings): says that somebody was here, not who.
create table sona.erasures (
  user_hash bytea primary key,
  erased_at timestamptz not null default now()
);

create table sona.events (
  user_key bigint not null,
  event_id text collate "C" not null,
  -- Order of arrival within the user.
  sequence bigint not null,
  item_no integer not null,
  -- Position in eventKinds (src/domain/event.ts).
  kind smallint not null,
  -- countsAsSeen (src/domain/event.ts) of this event, decided when it was written.
  seen boolean not null,
  rewatch boolean not null,
  completion double precision,
  rating double precision,
  rating_min double precision,
  rating_max double precision,
  occurred_at timestamptz not null,
  context jsonb,
  recommendation_id text collate "C",
  primary key (user_key, event_id)
) partition by hash (user_key);

create table sona.events_0 partition of sona.events for values with (modulus 8, remainder 0);
create table sona.events_1 partition of sona.events for values with (modulus 8, remainder 1);
create table sona.events_2 partition of sona.events for values with (modulus 8, remainder 2);
create table sona.events_3 partition of sona.events for values with (modulus 8, remainder 3);
create table sona.events_4 partition of sona.events for values with (modulus 8, remainder 4);
create table sona.events_5 partition of sona.events for values with (modulus 8, remainder 5);
create table sona.events_6 partition of sona.events for values with (modulus 8, remainder 6);
create table sona.events_7 partition of sona.events for values with (modulus 8, remainder 7);

-- One user, newest first; and, read backwards, one user's training rows.
create index events_newest on sona.events (user_key, occurred_at desc, sequence desc);
-- Everything a user has seen, without touching the table.
create index events_seen on sona.events (user_key, item_no) where seen;

create table sona.artifact_versions (
  version bigint primary key,
  created_at timestamptz not null default now(),
  -- Null while its chunks are still being written: readers do not see such a version.
  published_at timestamptz
);

create table sona.artifacts (
  version bigint not null references sona.artifact_versions on delete cascade,
  name text not null,
  bytes bigint not null,
  -- SHA-256 of the whole.
  checksum bytea not null,
  primary key (version, name)
);

create table sona.artifact_chunks (
  version bigint not null references sona.artifact_versions on delete cascade,
  name text not null,
  ordinal integer not null,
  data bytea not null,
  primary key (version, name, ordinal)
);
-- Model weights do not compress; trying costs most of the write.
alter table sona.artifact_chunks alter column data set storage external;

create table sona.recommendations (
  recommendation_id text collate "C" primary key,
  -- Null for somebody who has no row in users.
  user_key bigint,
  served_at timestamptz not null,
  model_version text not null,
  item_nos integer[] not null,
  scores real[] not null,
  degraded text[] not null
);
create index recommendations_user on sona.recommendations (user_key) where user_key is not null;

-- Writes events in one round trip and one transaction; src/storage/events-append.ts calls it and says what goes in and out.
-- user_ids and item_ids hold every id once; event_user and event_item point into them, from 1.
create function sona.append_events(
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
    returning user_key, sequence
  ),
  gained as (
    select w.user_key, count(*) as events, max(w.sequence) as last_sequence
    from written w
    group by w.user_key
  ),
  moved as (
    update sona.users u
    set version = u.version + 1, last_sequence = g.last_sequence, event_count = u.event_count + g.events
    from gained g
    where u.user_key = g.user_key
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
