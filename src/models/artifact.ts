import { SonaError } from '../domain/errors.js'
import type { Dataset } from '../features/dataset.js'
import type { Arena } from '../math/memory.js'

/** Numbers that can be stored and shared between threads. */
export type NumberArray = Float32Array | Float64Array | Uint32Array | Int32Array | Uint8Array

/** A trained model at rest. Storage keeps it without looking inside. */
export interface Artifact {
  readonly header: ArtifactHeader
  /**
   * Always has `itemNos` (Int32Array): the durable item number of each of the model's rows, ascending. The arrays may be the
   * model's own, in the memory it was trained in: to be read, not kept beyond it.
   */
  readonly arrays: Readonly<Record<string, NumberArray>>
}

export interface ArtifactHeader {
  readonly format: 1
  readonly algorithm: string
  /** The options it was trained with, as JSON. */
  readonly options: Readonly<Record<string, unknown>>
  /** Of the Dataset it was trained on. */
  readonly fingerprint: string
  readonly asOfDay: number
  readonly users: number
  readonly events: number
  /** Fingerprint of the Dataset of the model it began from. Missing: it began anew. */
  readonly startedFrom?: string
}

/** The header of a model trained by `algorithm` on `data`. */
export function headerOf(algorithm: string, options: object, data: Dataset): ArtifactHeader {
  return {
    format: 1,
    algorithm,
    options: { ...options },
    fingerprint: data.fingerprint,
    asOfDay: data.asOfDay,
    users: data.userCount,
    events: data.items.length,
  }
}

/** The artifact's array of this name. Throws ARTIFACT_CORRUPT unless it is there, of this kind, and of this length if one is given. */
export function arrayOf<T extends NumberArray>(
  { header, arrays }: Artifact,
  name: string,
  kind: new (length: number) => T,
  length?: number,
): T {
  const array = arrays[name]
  if (array instanceof kind && (length === undefined || array.length === length)) return array
  const found = array === undefined ? 'is missing' : `is a ${array.constructor.name} of ${array.length}`
  const wanted = `a ${kind.name}${length === undefined ? '' : ` of ${length}`}`
  throw new SonaError(
    'ARTIFACT_CORRUPT',
    `The stored ${header.algorithm} model cannot be used: its array "${name}" ${found}, not ${wanted}. Train again: sona train.`,
  )
}

/** Throws ARTIFACT_CORRUPT, saying what is wrong with the numbers, unless `holds`. */
export function assertArtifact(artifact: Artifact, holds: boolean, what: string): void {
  if (holds) return
  throw new SonaError(
    'ARTIFACT_CORRUPT',
    `The stored ${artifact.header.algorithm} model cannot be used: ${what}. Train again: sona train.`,
  )
}

/** The array itself when it lies in this arena's memory already (another thread put it there), else a copy that does. */
export function inArena<A extends Float32Array | Uint32Array>(array: A, arena: Arena): A {
  if (arena.holds(array)) return array
  const copy = (array instanceof Float32Array ? arena.f32(array.length) : arena.u32(array.length)) as A
  copy.set(array)
  return copy
}
