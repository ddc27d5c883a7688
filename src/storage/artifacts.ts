import { createHash } from 'node:crypto'
import { SonaError } from '../domain/errors.js'
import type { Database } from './database.js'
import type { ArtifactStore, StoredArtifact } from './store.js'

const CHUNK_BYTES = 4 * 2 ** 20
const DEFAULT_KEEP = 3

export function artifactStore(database: Database): ArtifactStore {
  return {
    async publish(artifacts, options = {}) {
      const version = await begin(database)
      for (const [name, bytes] of artifacts) await writeChunks(database, version, name, bytes)
      await show(database, version, artifacts, Math.max(1, options.keep ?? DEFAULT_KEEP))
      // The embedded database has no autovacuum: without this each training would leave its predecessor's bytes behind.
      if (database.kind === 'embedded') await database.query({ text: 'vacuum sona.artifact_chunks' })
      return version
    },

    async list(version) {
      const rows = await database.query<{ name: string; version: number; created_at: number; bytes: number }>({
        text: `
          select a.name, a.version, a.bytes, (extract(epoch from v.published_at) * 1000)::double precision as created_at
          from sona.artifacts a
          join sona.artifact_versions v using (version)
          where v.published_at is not null
            and a.version = coalesce(
              $1::bigint,
              (select max(version) from sona.artifact_versions where published_at is not null)
            )
          order by a.name`,
        values: [version ?? null],
      })
      return rows.map(({ created_at, ...row }): StoredArtifact => ({ ...row, createdAt: created_at }))
    },

    read: (name, version) => read(database, name, version),

    async versions() {
      const rows = await database.query<{ version: number }>({
        text: 'select version from sona.artifact_versions where published_at is not null order by version desc',
      })
      return rows.map((row) => row.version)
    },
  }
}

/** Takes the next number, and sweeps up what a publication that was cut off a day or more ago has left. */
async function begin(database: Database): Promise<number> {
  const [row] = await database.query<{ version: number }>({
    text: `
      with next as (
        update sona.counters set value = value + 1 where name = 'artifact_version' returning value
      ),
      swept as (
        delete from sona.artifact_versions where published_at is null and created_at < now() - interval '1 day'
      )
      insert into sona.artifact_versions (version) select value from next returning version`,
  })
  return row!.version
}

/** Chunk by chunk, each a transaction of its own: nobody sees the version yet, and no write of others waits long. */
async function writeChunks(database: Database, version: number, name: string, bytes: Uint8Array): Promise<void> {
  for (let ordinal = 0; ordinal * CHUNK_BYTES < bytes.length; ordinal++) {
    const chunk = bytes.subarray(ordinal * CHUNK_BYTES, (ordinal + 1) * CHUNK_BYTES)
    await database.query({
      text: 'insert into sona.artifact_chunks (version, name, ordinal, data) values ($1, $2, $3, $4)',
      values: [version, name, ordinal, Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)],
    })
  }
}

/** The moment of publication: all names of the version appear together, and the oldest versions go. */
async function show(
  database: Database,
  version: number,
  artifacts: ReadonlyMap<string, Uint8Array>,
  keep: number,
): Promise<void> {
  await database.transaction(async (transaction) => {
    for (const [name, bytes] of artifacts) {
      await transaction.query({
        text: 'insert into sona.artifacts (version, name, bytes, checksum) values ($1, $2, $3, $4)',
        values: [version, name, bytes.length, createHash('sha256').update(bytes).digest()],
      })
    }
    await transaction.query({
      text: 'update sona.artifact_versions set published_at = now() where version = $1',
      values: [version],
    })
    await transaction.query({
      text: `
        delete from sona.artifact_versions
        where version in (
          select version from sona.artifact_versions where published_at is not null order by version desc offset $1
        )`,
      values: [keep],
    })
  })
}

async function read(database: Database, name: string, version: number): Promise<Uint8Array> {
  const [artifact] = await database.query<{ bytes: number; checksum: Buffer }>({
    text: `
      select a.bytes, a.checksum
      from sona.artifacts a
      join sona.artifact_versions v using (version)
      where a.version = $1 and a.name = $2 and v.published_at is not null`,
    values: [version, name],
  })
  if (artifact === undefined) throw corrupt(name, version, 'is not there')
  const bytes = new Uint8Array(artifact.bytes)
  for (let at = 0, ordinal = 0; at < bytes.length; ordinal++) {
    const [chunk] = await database.query<{ data: Buffer }>({
      text: 'select data from sona.artifact_chunks where version = $1 and name = $2 and ordinal = $3',
      values: [version, name, ordinal],
    })
    if (chunk === undefined) throw corrupt(name, version, `lacks chunk ${ordinal}`)
    if (chunk.data.length === 0 || at + chunk.data.length > bytes.length) throw corrupt(name, version, 'has the wrong length')
    bytes.set(chunk.data, at)
    at += chunk.data.length
  }
  if (!createHash('sha256').update(bytes).digest().equals(artifact.checksum)) {
    throw corrupt(name, version, 'does not match its checksum')
  }
  return bytes
}

function corrupt(name: string, version: number, what: string): SonaError {
  return new SonaError('ARTIFACT_CORRUPT', `Model '${name}' of version ${version} ${what}. Train again: sona train.`)
}
