-- What items are compared by: their vectors, one set for each encoder, and their words. docs/search.md has the whole of it.
-- In public, as vector: the first schema of the search path may be sona itself.
create extension if not exists pg_trgm with schema public;

-- The encoders whose vectors there are. The number of the one in use is the setting embedding_version.
create table sona.embedding_versions (
  version_no integer generated always as identity primary key,
  model_version text collate "C" not null unique,
  created_at timestamptz not null default now()
);

-- A partition for each version: one that goes is a table dropped, which leaves nothing to vacuum.
create table sona.item_embeddings (
  version_no integer not null,
  item_no integer not null,
  embedding vector(512) not null,
  -- Of all that the encoder reads of an item: says whether the vector is still true.
  content_hash bytea not null,
  generated_at timestamptz not null default now(),
  primary key (version_no, item_no)
) partition by list (version_no);

-- The number of a version, and room for its vectors.
create function sona.add_embedding_version(name text) returns integer language plpgsql as $$
declare
  number integer;
  partition text;
begin
  insert into sona.embedding_versions (model_version) values (name) on conflict do nothing;
  select version_no into number from sona.embedding_versions where model_version = name collate "C" for update;
  partition := 'item_embeddings_' || number;
  if to_regclass('sona.' || partition) is null then
    execute format('create table sona.%I partition of sona.item_embeddings for values in (%s)', partition, number);
    -- 2,056 bytes are just too long for PostgreSQL's taste: it would put each vector into a second table, and fetch it from there.
    execute format('alter table sona.%I alter column embedding set storage plain', partition);
  end if;
  return number;
end
$$;

create function sona.drop_embedding_version(number integer) returns void language plpgsql as $$
begin
  execute format('drop table if exists sona.%I', 'item_embeddings_' || number);
  delete from sona.embedding_versions where version_no = number;
end
$$;

-- The graph to search one version's vectors by inner product, which of unit vectors is the cosine. Made once they are there, which is
-- faster than with each of them.
create function sona.index_embedding_version(number integer) returns void language plpgsql as $$
begin
  execute format(
    'create index if not exists %I on sona.%I using hnsw (embedding vector_ip_ops)',
    'item_embeddings_' || number || '_hnsw', 'item_embeddings_' || number
  );
end
$$;

-- Words as they are compared: lower case, without accents, punctuation as spaces. Of a text without any letter or digit: itself.
create function sona.plain_words(given text) returns text language sql immutable parallel safe as $$
  select coalesce(
    nullif(trim(regexp_replace(
      translate(
        regexp_replace(lower(normalize(given, nfkd)), '[' || chr(768) || '-' || chr(879) || '''' || chr(8217) || ']', '', 'g'),
        'øłđßæœ', 'oldsao'
      ),
      '[^[:alnum:]]+', ' ', 'g'
    )), ''),
    trim(given)
  )
$$;

create table sona.item_words (
  item_no integer primary key,
  -- Plain.
  title text not null,
  -- Titles (A; the title also without its hyphens and in one word, for spiderman and starwars), people and franchise (B), release
  -- year (C): every word as it stands.
  names tsvector not null,
  -- The stems of titles (A), people (B), genres, themes and moods (C) and the description (D).
  words tsvector not null
);
create index item_words_title on sona.item_words using hash (title);
-- Short pending lists: a search reads through them, and the embedded database has nobody who empties them.
create index item_words_names on sona.item_words using gin (names) with (gin_pending_list_limit = 128);
create index item_words_words on sona.item_words using gin (words) with (gin_pending_list_limit = 128);

-- Every word of any title or name there ever was: where a mistyped word is looked up, by the trigrams it shares with them.
create table sona.known_words (
  word text collate "C" primary key
);
create index known_words_alike on sona.known_words using gin (word gin_trgm_ops) with (gin_pending_list_limit = 128);

-- An item's texts, of which the index is made. Lists come as one text.
create view sona.item_texts as
select
  i.item_no,
  sona.plain_words(i.title) as title,
  sona.plain_words(concat_ws(' ', i.title, i.document #>> '{attributes,originalTitle}', i.document #>> '{attributes,alternateTitle}')) as titles,
  concat_ws(' ',
    sona.plain_words(regexp_replace(i.title, '[-–·./]', '', 'g')),
    case when length(i.title) < 40 then replace(sona.plain_words(i.title), ' ', '') end
  ) as joined,
  -- Cut: a tsvector must stay below 1 MB, and what a long text is about stands in its beginning.
  left(sona.plain_words(concat_ws(' ',
    i.document ->> 'franchise',
    (select string_agg(p, ' ') from jsonb_array_elements_text(coalesce(i.document -> 'directors', '[]')) p),
    (select string_agg(p, ' ') from jsonb_array_elements_text(coalesce(i.document -> 'cast', '[]')) p)
  )), 50000) as people,
  coalesce(extract(year from i.released_at at time zone 'UTC')::integer::text, '') as released,
  left(concat_ws(' ',
    i.kind,
    (select string_agg(p, ' ') from jsonb_array_elements_text(coalesce(i.document -> 'genres', '[]')) p),
    (select string_agg(p, ' ') from jsonb_array_elements_text(coalesce(i.document -> 'themes', '[]')) p),
    (select string_agg(p, ' ') from jsonb_array_elements_text(coalesce(i.document -> 'moods', '[]')) p)
  ), 20000) as labels,
  left(coalesce(i.document ->> 'description', ''), 20000) as description
from sona.items i
where i.deleted_at is null;

-- Brings the words of these items up to what the items say now. Of items that are gone none stay.
create function sona.index_words(changed integer[]) returns void language plpgsql as $$
begin
  delete from sona.item_words w
  using sona.items i
  where w.item_no = any (changed) and i.item_no = w.item_no and i.deleted_at is not null;

  with texts as materialized (
    select * from sona.item_texts t where t.item_no = any (changed)
  ),
  indexed as (
    insert into sona.item_words (item_no, title, names, words)
    select
      t.item_no,
      t.title,
      setweight(to_tsvector('simple', t.titles || ' ' || t.joined), 'A') || setweight(to_tsvector('simple', t.people), 'B')
        || setweight(to_tsvector('simple', t.released), 'C'),
      setweight(to_tsvector('english', t.titles), 'A') || setweight(to_tsvector('english', t.people), 'B')
        || setweight(to_tsvector('english', t.labels), 'C') || setweight(to_tsvector('english', t.description), 'D')
    from texts t
    on conflict (item_no) do update set title = excluded.title, names = excluded.names, words = excluded.words
  )
  insert into sona.known_words (word)
  select distinct w.word
  from texts t
  cross join lateral regexp_split_to_table(t.titles || ' ' || t.joined || ' ' || t.people, ' ') as w (word)
  where length(w.word) between 3 and 40
    and not exists (select from sona.known_words k where k.word = w.word collate "C")
  order by w.word
  on conflict do nothing;
end
$$;

select sona.index_words(array(select item_no from sona.items where deleted_at is null));
