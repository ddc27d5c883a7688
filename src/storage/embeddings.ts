import { assert } from '../domain/errors.js'
import type { ItemNo } from '../domain/ids.js'
import { int4Array, textArray, vectorArray } from './binary-arrays.js'
import type { Database, Queries, Statement } from './database.js'
import { EMBEDDING_DIMENSIONS, type EmbeddingStore, type NewVectors, type VectorColumns } from './store.js'

/** Half a megabyte: the thread that serves decodes it in well under a millisecond. */
const DEFAULT_BATCH = 250
const DEFAULT_KEEP = 1
/** Places that the walk keeps in mind for each one wanted: with fewer it misses more than 2 % of the true hundred nearest. */
const EF_FOR_EACH = 4
/** Up to as many rows a list of items is compared one by one: exact, and no slower than the graph. */
const EXACT_UP_TO = 5_000

export function embeddingStore(database: Database): EmbeddingStore {
  let vectorType: Promise<number> | undefined

  return {
    async versions() {
      const rows = await database.query<{ model_version: string; created_at: number; current: boolean }>(selectVersions())
      return rows.map(({ model_version, created_at, current }) => ({
        version: model_version,
        isCurrent: current,
        createdAt: created_at,
      }))
    },

    async current() {
      const [row] = await database.query<{ version: string; used_at: number }>(selectCurrent())
      return row && { version: row.version, usedAt: row.used_at }
    },

    async put(version, vectors) {
      assert(vectors.values.length === vectors.itemNos.length * EMBEDDING_DIMENSIONS, `${EMBEDDING_DIMENSIONS} numbers a vector`)
      vectorType ??= typeOfVector(database)
      const type = await vectorType
      await database.transaction(async (transaction) => {
        const number = (await numberOf(transaction, version)) ?? (await addVersion(transaction, version))
        await transaction.query(upsertVectors(number, vectors, type))
      })
    },

    async contentHashes(version, itemNos) {
      const number = await numberOf(database, version)
      if (number === undefined) return new Map()
      const rows = await database.query<{ item_no: number; content_hash: Buffer }>(selectHashes(number, itemNos))
      return new Map(rows.map(({ item_no, content_hash }) => [item_no, content_hash]))
    },

    async of(version, itemNos) {
      const number = await numberOf(database, version)
      if (number === undefined || itemNos.length === 0) return { itemNos: new Int32Array(0), values: new Float32Array(0) }
      return decodeVectors(await database.copyOut(selectVectorsOf(number, itemNos)))
    },

    async *all(version, batch = DEFAULT_BATCH) {
      const number = await numberOf(database, version)
      for (let after = -1; number !== undefined; ) {
        const columns = decodeVectors(await database.copyOut(selectVectorsAfter(number, after, batch)))
        const { length } = columns.itemNos
        if (length > 0) yield columns
        if (length < batch) return
        after = columns.itemNos[length - 1]!
      }
    },

    hasGraph: database.kind === 'server',

    async use(version, { keep = DEFAULT_KEEP, beside = [] } = {}) {
      const number =
        (await numberOf(database, version)) ?? (await database.transaction((transaction) => addVersion(transaction, version)))
      // Embedded, the graph would take minutes to make, and nobody but this process, which has the vectors in memory, could ask it.
      if (database.kind === 'server') {
        const others = await Promise.all(beside.map((other) => numberOf(database, other)))
        for (const each of [number, ...others]) {
          if (each !== undefined) await database.transaction((transaction) => makeGraph(transaction, each))
        }
      }
      await database.transaction(async (transaction) => {
        await transaction.query(useVersion(number))
        for (const { version_no } of await transaction.query<{ version_no: number }>(selectOldVersions(number, keep))) {
          await transaction.query(dropVersion(version_no))
        }
      })
    },

    delete: (version) =>
      database.transaction(async (transaction) => {
        const [found] = await transaction.query<{ version_no: number; current: boolean }>(selectVersion(version))
        if (found === undefined || found.current) return false
        await transaction.query(dropVersion(found.version_no))
        return true
      }),

    async nearest(version, vector, options) {
      const number = await numberOf(database, version)
      if (number === undefined) return []
      const rows = await database.transaction(async (transaction) => {
        await transaction.query({ text: "set local hnsw.iterative_scan = 'relaxed_order'" })
        await transaction.query({
          text: `set local hnsw.ef_search = ${Math.min(1_000, Math.max(100, EF_FOR_EACH * options.limit))}`,
        })
        return transaction.query<{ item_no: ItemNo; cosine: number }>(selectNearest(number, vector, options))
      })
      return rows.map(({ item_no, cosine }) => ({ itemNo: item_no, cosine })).sort((a, b) => b.cosine - a.cosine)
    },
  }
}

async function numberOf(queries: Queries, version: string): Promise<number | undefined> {
  const [row] = await queries.query<{ version_no: number }>(selectVersion(version))
  return row?.version_no
}

/** Extensions' types have no fixed number, and a binary array must name it. */
async function typeOfVector(queries: Queries): Promise<number> {
  const [row] = await queries.query<{ oid: number }>({ text: "select 'vector'::regtype::oid::integer as oid" })
  return row!.oid
}

async function addVersion(queries: Queries, version: string): Promise<number> {
  const [row] = await queries.query<{ number: number }>({
    text: 'select sona.add_embedding_version($1) as number',
    values: [version],
  })
  return row!.number
}

async function makeGraph(transaction: Queries, number: number): Promise<void> {
  await transaction.query({ text: 'set local statement_timeout = 0' }) // a million vectors take longer than any other statement
  await transaction.query({ text: "set local maintenance_work_mem = '512MB'" })
  await transaction.query({ text: 'select sona.index_embedding_version($1)', values: [number] })
}

const isCurrent = "(v.version_no::text = (select value from sona.settings where name = 'embedding_version'))"

function selectVersions(): Statement {
  return {
    text: `
      select v.model_version, (extract(epoch from v.created_at) * 1000)::float8 as created_at, coalesce(${isCurrent}, false) as current
      from sona.embedding_versions v
      order by v.version_no desc`,
  }
}

function selectCurrent(): Statement {
  return {
    name: 'sona-embedding-version',
    text: `
      select v.model_version as version, u.value::float8 as used_at
      from sona.embedding_versions v
      join sona.settings c on c.name = 'embedding_version' and c.value = v.version_no::text
      join sona.settings u on u.name = 'embedding_used_at'`,
  }
}

function selectVersion(version: string): Statement {
  return {
    text: `
      select v.version_no, coalesce(${isCurrent}, false) as current
      from sona.embedding_versions v
      where v.model_version = $1`,
    values: [version],
  }
}

/** All but the one in use and the newest `keep` beside it. */
function selectOldVersions(current: number, keep: number): Statement {
  return {
    text: 'select version_no from sona.embedding_versions where version_no <> $1 order by version_no desc offset $2',
    values: [current, keep],
  }
}

function useVersion(number: number): Statement {
  return {
    text: `
      insert into sona.settings (name, value)
      values ('embedding_version', $1), ('embedding_used_at', floor(extract(epoch from clock_timestamp()) * 1000)::bigint::text)
      on conflict (name) do update set value = excluded.value`,
    values: [String(number)],
  }
}

function dropVersion(number: number): Statement {
  return { text: 'select sona.drop_embedding_version($1)', values: [number] }
}

function upsertVectors(number: number, { itemNos, values, contentHashes }: NewVectors, vectorType: number): Statement {
  return {
    text: `
      insert into sona.item_embeddings (version_no, item_no, embedding, content_hash)
      select $1, w.item_no, w.embedding, decode(w.content_hash, 'hex')
      from unnest($2::integer[], $3::vector[], $4::text[]) as w(item_no, embedding, content_hash)
      join sona.items i on i.item_no = w.item_no and i.deleted_at is null
      on conflict (version_no, item_no)
      do update set embedding = excluded.embedding, content_hash = excluded.content_hash, generated_at = now()`,
    values: [
      number,
      int4Array(itemNos),
      vectorArray(vectorType, values, EMBEDDING_DIMENSIONS),
      textArray(contentHashes.map((hash) => Buffer.from(hash).toString('hex'))),
    ],
  }
}

/** Primary key. */
function selectHashes(number: number, itemNos: Int32Array): Statement {
  return {
    text: 'select item_no, content_hash from sona.item_embeddings where version_no = $1 and item_no = any ($2::integer[])',
    values: [number, int4Array(itemNos)],
  }
}

/** Primary key. COPY takes no parameters: these are numbers. */
function selectVectorsAfter(number: number, after: number, limit: number): string {
  return `
    select e.item_no, e.embedding
    from sona.item_embeddings e
    join sona.items i on i.item_no = e.item_no and i.deleted_at is null
    where e.version_no = ${Number(number)} and e.item_no > ${Number(after)}
    order by e.item_no
    limit ${Number(limit)}`
}

/** Primary key; likewise. */
function selectVectorsOf(number: number, itemNos: Int32Array): string {
  return `
    select e.item_no, e.embedding
    from sona.item_embeddings e
    where e.version_no = ${Number(number)} and e.item_no in (${Array.from(itemNos, Number).join(', ')})
    order by e.item_no`
}

/** Index item_embeddings_<number>_hnsw, which goes on searching until enough rows are of items that exist; a short list by primary key. */
export function selectNearest(
  number: number,
  vector: Float32Array,
  { limit, among }: { readonly limit: number; readonly among?: Int32Array },
): Statement {
  const chosen =
    among === undefined
      ? ''
      : among.length <= EXACT_UP_TO
        ? 'and e.item_no = any ($4::integer[])'
        : 'and e.item_no in (select unnest($4::integer[]))'
  return {
    text: `
      select e.item_no, -(e.embedding <#> $2::vector) as cosine
      from sona.item_embeddings e
      where e.version_no = $1 ${chosen}
        and exists (select from sona.items i where i.item_no = e.item_no and i.deleted_at is null)
      order by e.embedding <#> $2::vector
      limit $3`,
    values: [number, `[${vector.join(',')}]`, limit, ...(among === undefined ? [] : [int4Array(among)])],
  }
}

/** Bytes before the first row of a binary COPY: signature 11, flags and extension 4 each. */
const SIGNATURE_BYTES = 19
/** Fields 2, then item_no with its length 8, then the vector's length, its dimensions and a spare number 8. */
const ROW_HEADER_BYTES = 18
const ROW_BYTES = ROW_HEADER_BYTES + 4 * EMBEDDING_DIMENSIONS

/** PostgreSQL's numbers are big-endian: their bytes are turned round once, all of a page together. */
function decodeVectors(bytes: Uint8Array): VectorColumns {
  const rows = Math.floor((bytes.length - SIGNATURE_BYTES) / ROW_BYTES)
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length)
  const itemNos = new Int32Array(rows)
  const values = new Float32Array(rows * EMBEDDING_DIMENSIONS)
  const raw = Buffer.from(values.buffer)
  for (let row = 0; row < rows; row++) {
    const at = SIGNATURE_BYTES + row * ROW_BYTES
    assert(buffer.readUInt16BE(at + 14) === EMBEDDING_DIMENSIONS, `a stored vector has ${EMBEDDING_DIMENSIONS} numbers`)
    itemNos[row] = buffer.readInt32BE(at + 6)
    buffer.copy(raw, row * 4 * EMBEDDING_DIMENSIONS, at + ROW_HEADER_BYTES, at + ROW_BYTES)
  }
  raw.swap32()
  return { itemNos, values }
}
