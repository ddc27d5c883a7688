import { createHash } from 'node:crypto'
import { SonaError } from '../domain/errors.js'
import {
  deleteNamelessChunks,
  deleteWithdrawn,
  dropOtherNames,
  goLive,
  insertArtifact,
  insertVersion,
  markPublished,
  previousLive,
  selectArtifacts,
  selectLive,
  selectVersions,
  type VersionRow,
  withdraw,
  withdrawOld,
} from './artifact-statements.js'
import type { ArtifactStore, ModelVersion, StoredArtifact } from './artifact-store.js'
import type { Changes } from './changes.js'
import type { Database, Queries } from './database.js'

/** Small on the embedded database, where answers wait until one is written: some ten milliseconds. */
const CHUNK_BYTES = { embedded: 2 ** 17, server: 4 * 2 ** 20 } as const
const DEFAULT_KEEP = 3

interface ArtifactRow {
  readonly name: string
  readonly version: number
  readonly created_at: number
  readonly bytes: number
}

export function artifactStore(database: Database, changes: Pick<Changes, 'modelsChanged'>): ArtifactStore {
  const draft = async (): Promise<number> => (await database.query<{ version: number }>(insertVersion()))[0]!.version

  const finish: ArtifactStore['finish'] = async (version, { names, as, about = {}, keep = DEFAULT_KEEP }) => {
    const old = await database.transaction(async (transaction) => {
      await transaction.query(dropOtherNames(version, names))
      const [published] = await transaction.query(markPublished(version, about))
      if (published === undefined) throw notThere(version)
      if (as === 'live') await transaction.query(goLive(version))
      return transaction.query<{ version: number }>(withdrawOld(Math.max(1, keep)))
    })
    if (as === 'live') changes.modelsChanged(version)
    await sweep(database, version)
    for (const each of old) {
      await sweep(database, each.version)
      await database.query(deleteWithdrawn(each.version))
    }
  }

  return {
    draft,
    put: (version, name, bytes) => put(database, version, name, bytes),
    drafted: async (version) => (await database.query<ArtifactRow>(selectArtifacts(version, 'draft'))).map(storedArtifact),
    finish,

    async publish(artifacts, options = {}) {
      const version = await draft()
      for (const [name, bytes] of artifacts) await put(database, version, name, bytes)
      await finish(version, { names: [...artifacts.keys()], as: 'live', ...options })
      return version
    },

    async list(version) {
      return (await database.query<ArtifactRow>(selectArtifacts(version, 'published'))).map(storedArtifact)
    },

    read: (name, version) => read(database, name, version),
    versions: async () => (await database.query<VersionRow>(selectVersions())).map(modelVersion),
    live: () => liveVersion(database),

    async goLive(version) {
      const [known] = await database.query<{ version: number }>(goLive(version))
      if (known === undefined) throw notThere(version)
      changes.modelsChanged(version)
    },

    async rollback() {
      const switched = await database.transaction(async (transaction) => {
        const from = await liveVersion(transaction)
        const [earlier] = await transaction.query<{ version: number }>(previousLive())
        if (from === undefined || earlier === undefined) return undefined
        await transaction.query(goLive(earlier.version))
        await transaction.query(withdraw(from))
        return { from, to: earlier.version }
      })
      if (switched !== undefined) changes.modelsChanged(switched.to)
      return switched
    },
  }
}

function notThere(version: number): SonaError {
  return new SonaError(
    'MODELS_NOT_FOUND',
    `There are no models of version ${version}. \`sona models list\` says which there are.`,
  )
}

async function liveVersion(queries: Queries): Promise<number | undefined> {
  return (await queries.query<{ version: number }>(selectLive()))[0]?.version
}

function storedArtifact({ created_at, ...row }: ArtifactRow): StoredArtifact {
  return { ...row, createdAt: created_at }
}

function modelVersion(row: VersionRow): ModelVersion {
  return {
    version: row.version,
    state: row.is_live ? 'live' : row.live_since === null ? 'candidate' : 'former',
    publishedAt: row.published_at,
    bytes: row.bytes,
    ...(row.live_since !== null && { liveSince: row.live_since }),
    ...(row.learned_until !== null && { learnedUntil: row.learned_until }),
    ...(row.events !== null && { events: row.events }),
    ...(row.verdict !== null && { verdict: row.verdict }),
  }
}

/**
 * Chunk by chunk, each a transaction of its own: nobody sees the version yet, and no write of others waits long. The name comes last,
 * so that an artifact with a name is whole.
 */
async function put(database: Database, version: number, name: string, bytes: Uint8Array): Promise<void> {
  await database.query({ text: 'delete from sona.artifact_chunks where version = $1 and name = $2', values: [version, name] })
  const size = CHUNK_BYTES[database.kind]
  for (let ordinal = 0; ordinal * size < bytes.length; ordinal++) {
    const chunk = bytes.subarray(ordinal * size, (ordinal + 1) * size)
    await database.query({
      text: 'insert into sona.artifact_chunks (version, name, ordinal, data) values ($1, $2, $3, $4)',
      values: [version, name, ordinal, Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength)],
    })
  }
  await database.query(insertArtifact(version, name, bytes.length, checksumOf(bytes)))
}

/** Chunks that one statement deletes: on the embedded database one mebibyte, for the same reason. */
const CHUNKS_AT_A_TIME = { embedded: 8, server: 1_000 } as const

/** Frees the room of chunks without a name. One that is cut off leaves them to the end of the version. */
async function sweep(database: Database, version: number): Promise<void> {
  const limit: number = CHUNKS_AT_A_TIME[database.kind]
  for (let deleted = limit; deleted === limit; ) {
    deleted = (await database.query(deleteNamelessChunks(version, limit))).length
    // The embedded database has no autovacuum: without this each training would leave its predecessor's bytes behind.
    if (deleted > 0 && database.kind === 'embedded') await database.query({ text: 'vacuum sona.artifact_chunks' })
  }
}

function checksumOf(bytes: Uint8Array): Buffer {
  return createHash('sha256').update(bytes).digest()
}

async function read(database: Database, name: string, version: number): Promise<Uint8Array> {
  const [artifact] = await database.query<{ bytes: number; checksum: Buffer }>({
    text: 'select bytes, checksum from sona.artifacts where version = $1 and name = $2',
    values: [version, name],
  })
  if (artifact === undefined) throw corrupt(name, version, 'is not there')
  const bytes = new Uint8Array(artifact.bytes)
  const hash = createHash('sha256')
  for (let at = 0, ordinal = 0; at < bytes.length; ordinal++) {
    const chunk = chunkOf(await database.copyOut(selectChunk(name, version, ordinal)))
    if (chunk === undefined) throw corrupt(name, version, `lacks chunk ${ordinal}`)
    if (chunk.length === 0 || at + chunk.length > bytes.length) throw corrupt(name, version, 'has the wrong length')
    bytes.set(chunk, at)
    hash.update(chunk) // a chunk at a time: this thread may have answers to give
    at += chunk.length
  }
  if (!hash.digest().equals(artifact.checksum)) throw corrupt(name, version, 'does not match its checksum')
  return bytes
}

/** Index artifact_chunks_pkey. COPY sends the bytes as they are, where a row would hold them as hexadecimal digits. It takes no parameters. */
function selectChunk(name: string, version: number, ordinal: number): string {
  return `
    select data
    from sona.artifact_chunks
    where version = ${Number(version)} and ordinal = ${Number(ordinal)}
      and name = convert_from(decode('${Buffer.from(name).toString('hex')}', 'hex'), 'UTF8')`
}

/** The only field of the only row (training-columns.ts describes the format); undefined without a row. */
function chunkOf(copied: Uint8Array): Uint8Array | undefined {
  const view = new DataView(copied.buffer, copied.byteOffset, copied.byteLength)
  if (view.getInt16(SIGNATURE_BYTES) !== 1) return undefined
  const from = SIGNATURE_BYTES + 6
  return copied.subarray(from, from + view.getInt32(SIGNATURE_BYTES + 2))
}

const SIGNATURE_BYTES = 19

function corrupt(name: string, version: number, what: string): SonaError {
  return new SonaError('ARTIFACT_CORRUPT', `Model '${name}' of version ${version} ${what}. Train again: sona train.`)
}
