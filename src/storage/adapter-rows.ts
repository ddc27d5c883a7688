import type { UserId } from '../domain/ids.js'
import type { AdapterFormat, AdapterVersion, NewAdapter, StoredAdapter } from './adapter-store.js'
import { byteaArray, float8Array, int4Array, textArray } from './binary-arrays.js'
import type { SqlValue } from './database.js'

export interface VersionRow {
  readonly version: number
  readonly space: string
  readonly format: AdapterFormat
  readonly lessons: number
  readonly learned_to: number
  readonly gate: number
  readonly gain: number
  readonly restored_from: number | null
  readonly created_at: number
  readonly byte_count: number
}

export interface StoredRow extends VersionRow {
  readonly data: Buffer
}

export const versionColumns = `
  a.version, a.space, a.format, a.lessons, a.learned_to, a.gate, a.gain, a.restored_from,
  (extract(epoch from a.created_at) * 1000)::double precision as created_at, length(a.data) as byte_count`

export const storedColumns = `${versionColumns}, a.data`

export function adapterVersion(row: VersionRow): AdapterVersion {
  const { version, space, format, lessons, gate, gain } = row
  return {
    version,
    space,
    format,
    lessons,
    learnedTo: row.learned_to,
    gate,
    gain,
    byteCount: row.byte_count,
    ...(row.restored_from !== null && { restoredFrom: row.restored_from }),
    createdAt: row.created_at,
  }
}

export function storedAdapter(row: StoredRow): StoredAdapter {
  // A copy: what the driver gives lies in a piece of memory with others, and may be kept for long.
  return { ...adapterVersion(row), bytes: Uint8Array.from(row.data) }
}

/** Columns of what is saved, in the order in which the database functions take them. */
export function adapterColumns(adapters: readonly (NewAdapter | undefined)[]): {
  readonly spaces: SqlValue
  readonly formats: SqlValue
  readonly datas: SqlValue
  readonly lessons: SqlValue
  readonly gates: SqlValue
  readonly gains: SqlValue
} {
  return {
    spaces: textArray(adapters.map((each) => each?.space)),
    formats: textArray(adapters.map((each) => each?.format)),
    datas: byteaArray(adapters.map((each) => each?.bytes)),
    lessons: int4Array(adapters.map((each) => each?.lessons ?? Number.NaN)),
    gates: float8Array(adapters.map((each) => each?.gate ?? Number.NaN)),
    gains: float8Array(adapters.map((each) => each?.gain ?? Number.NaN)),
  }
}

/** Users whose version moved with their adapter, as the database functions return them. */
export interface ChangedUsers {
  readonly user_ids: readonly UserId[]
  readonly user_versions: readonly number[]
}

export function changedUsers({ user_ids, user_versions }: ChangedUsers): ReadonlyMap<UserId, number> {
  return new Map(user_ids.map((userId, at) => [userId, user_versions[at]!]))
}
