/** Numbers that can be stored and shared between threads. */
export type NumberArray = Float32Array | Float64Array | Uint32Array | Int32Array | Uint8Array

/** A trained model at rest. Storage keeps it without looking inside. */
export interface Artifact {
  readonly header: ArtifactHeader
  /** Always has `itemNos` (Int32Array): the durable item number of each of the model's rows, ascending. */
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
}
