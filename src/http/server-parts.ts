import type { Metrics } from '../observability/metrics.js'
import type { Sona } from '../sona.js'

/** What routes are made from. */
export interface ServerParts {
  readonly sona: Sona
  readonly metrics: Metrics
  /** The package's version, told by the OpenAPI document. */
  readonly version: string
  /** How long a request may take; a bulk body may take this long for each part of it. */
  readonly requestTimeoutMs: number
  /** Aborted once the server begins to stop. */
  readonly stop: AbortSignal
}
