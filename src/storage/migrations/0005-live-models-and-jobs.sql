-- Which models are live and why, and what jobs have done so far. The queue itself is pg-boss's, in a schema of its own (sona_jobs).

-- The version that servers answer from is the setting live_version: one row, so that a switch is one write.
alter table sona.artifact_versions
  -- When it last went live. Null: it is a candidate and never was.
  add column live_since timestamptz,
  -- Models of it saw no event of this moment or later: what a comparison may ask. Null: not known.
  add column learned_until timestamptz,
  -- Events in the store when it was trained: how many came since says when to train again. Null: not known.
  add column events bigint,
  -- What the comparison with the live version found, and what was decided (src/jobs/guard.ts).
  add column verdict jsonb;

update sona.artifact_versions set live_since = published_at where published_at is not null;
insert into sona.settings (name, value)
select 'live_version', max(version)::text from sona.artifact_versions where published_at is not null having max(version) is not null;

-- A row for each job that was ever taken, as long as the queue knows the job.
create table sona.job_runs (
  job_id uuid primary key,
  -- The worker that has it, or had it last; a new name with each start of a worker.
  worker text collate "C" not null,
  -- A worker that is silent for long is dead, and another one takes the job.
  heartbeat_at timestamptz not null default now(),
  -- 0 to 1.
  progress real not null default 0,
  stage text not null default '',
  -- What a later attempt need not do again, in the job's own words.
  checkpoint jsonb
);

-- How often jobs ended how, and how long they took together: counters for the operator, which outlive the jobs.
create table sona.job_totals (
  kind text collate "C" not null,
  outcome text collate "C" not null,
  runs bigint not null,
  seconds double precision not null,
  primary key (kind, outcome)
);

-- What was served long ago is forgotten by a job. Rows lie in the order of their time: blocks are enough, and cost a write nothing.
create index recommendations_served on sona.recommendations using brin (served_at);
