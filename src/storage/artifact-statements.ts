import type { ModelVersionAbout, Verdict } from './artifact-store.js'
import { textArray } from './binary-arrays.js'
import type { Statement } from './database.js'

export interface VersionRow {
  readonly version: number
  readonly is_live: boolean
  readonly published_at: number
  readonly live_since: number | null
  readonly learned_until: number | null
  readonly events: number | null
  readonly verdict: Verdict | null
  readonly bytes: number
}

const milliseconds = (column: string): string => `(extract(epoch from ${column}) * 1000)::double precision`

/** Of numbers only: the setting is nothing else. */
const LIVE = "(select value::bigint from sona.settings where name = 'live_version')"

/** Takes the next number, and sweeps up what a publication that was cut off a day or more ago has left. */
export function insertVersion(): Statement {
  return {
    text: `
      with next as (
        update sona.counters set value = value + 1 where name = 'artifact_version' returning value
      ),
      swept as (
        delete from sona.artifact_versions where published_at is null and created_at < now() - interval '1 day'
      )
      insert into sona.artifact_versions (version) select value from next returning version`,
  }
}

export function insertArtifact(version: number, name: string, bytes: number, checksum: Buffer): Statement {
  return {
    text: `
      insert into sona.artifacts (version, name, bytes, checksum) values ($1, $2, $3, $4)
      on conflict (version, name) do update set bytes = excluded.bytes, checksum = excluded.checksum`,
    values: [version, name, bytes, checksum],
  }
}

/** Those of a draft, or of a published version, or of the live one where none is named. */
export function selectArtifacts(version: number | undefined, which: 'draft' | 'published'): Statement {
  return {
    text: `
      select a.name, a.version, a.bytes, ${milliseconds('coalesce(v.published_at, v.created_at)')} as created_at
      from sona.artifacts a
      join sona.artifact_versions v using (version)
      where (v.published_at is not null) = $2 and a.version = coalesce($1::bigint, ${LIVE})
      order by a.name`,
    values: [version ?? null, which === 'published'],
  }
}

/** What a later attempt would have needed, and nobody else does. Its chunks stay, without a name. */
export function dropOtherNames(version: number, names: readonly string[]): Statement {
  return {
    text: 'delete from sona.artifacts where version = $1 and name <> all ($2::text[])',
    values: [version, textArray([...names])],
  }
}

/** Some chunks of a version that have no name any more, or not yet. No rows: there are none. Index artifact_chunks_pkey. */
export function deleteNamelessChunks(version: number, limit: number): Statement {
  return {
    text: `
      delete from sona.artifact_chunks
      where version = $1 and (name, ordinal) in (
        select c.name, c.ordinal
        from sona.artifact_chunks c
        where c.version = $1 and not exists (select from sona.artifacts a where a.version = c.version and a.name = c.name)
        limit $2
      )
      returning ordinal`,
    values: [version, limit],
  }
}

/** The moment from which all names of the version are there, together. No row: there is no such draft. */
export function markPublished(version: number, { learnedUntil, events, verdict }: ModelVersionAbout): Statement {
  return {
    text: `
      update sona.artifact_versions
      set published_at = now(), learned_until = to_timestamp($2::double precision / 1000), events = $3, verdict = $4::jsonb
      where version = $1 and published_at is null
      returning version`,
    values: [version, learnedUntil ?? null, events ?? null, verdict === undefined ? null : JSON.stringify(verdict)],
  }
}

/** The switch. No row: there is no such version. */
export function goLive(version: number): Statement {
  return {
    text: `
      with known as (
        update sona.artifact_versions set live_since = now() where version = $1 and published_at is not null returning version
      )
      insert into sona.settings (name, value) select 'live_version', version::text from known
      on conflict (name) do update set value = excluded.value
      returning value::bigint as version`,
    values: [version],
  }
}

export function selectLive(): Statement {
  return { text: "select value::bigint as version from sona.settings where name = 'live_version'", name: 'sona-live-version' }
}

/** Where a rollback leads: to what was live last before the live version. */
export function previousLive(): Statement {
  return {
    text: `
      select version from sona.artifact_versions
      where published_at is not null and live_since is not null and version is distinct from ${LIVE}
      order by live_since desc, version desc
      limit 1`,
  }
}

/** A version that was rolled back from is a candidate again, so that no other rollback leads to it. */
export function withdraw(version: number): Statement {
  return {
    text: `
      update sona.artifact_versions
      set live_since = null,
        verdict = coalesce(verdict, '{}') || jsonb_build_object(
          'passed', false,
          'because', concat_ws('; before: ', 'it was rolled back', verdict ->> 'because')
        )
      where version = $1`,
    values: [version],
  }
}

/**
 * Beside the live version those that were live last stay, `keep` in all, and the newest candidate. The others are nobody's any more, like a
 * draft, and lose their names; returns which.
 */
export function withdrawOld(keep: number): Statement {
  return {
    text: `
      with old as (
        update sona.artifact_versions
        set published_at = null
        where published_at is not null
          and version is distinct from ${LIVE}
          and version not in (
            select version from sona.artifact_versions
            where published_at is not null and live_since is not null and version is distinct from ${LIVE}
            order by live_since desc, version desc
            limit $1
          )
          and version not in (
            select version from sona.artifact_versions
            where published_at is not null and live_since is null
            order by version desc
            limit 1
          )
        returning version
      ),
      names as (
        delete from sona.artifacts where version in (select version from old)
      )
      select version from old`,
    values: [keep - 1],
  }
}

/** What is left of a version when its chunks are gone. */
export function deleteWithdrawn(version: number): Statement {
  return { text: 'delete from sona.artifact_versions where version = $1 and published_at is null', values: [version] }
}

/** The newest first. */
export function selectVersions(): Statement {
  return {
    text: `
      select
        v.version,
        coalesce(v.version = ${LIVE}, false) as is_live,
        ${milliseconds('v.published_at')} as published_at,
        ${milliseconds('v.live_since')} as live_since,
        ${milliseconds('v.learned_until')} as learned_until,
        v.events,
        v.verdict,
        (select coalesce(sum(a.bytes), 0)::bigint from sona.artifacts a where a.version = v.version) as bytes
      from sona.artifact_versions v
      where v.published_at is not null
      order by v.version desc`,
  }
}
