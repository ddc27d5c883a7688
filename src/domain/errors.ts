/**
 * Everything that can be the world's fault, by stable code: the HTTP status it answers with and what it means.
 * docs/reference/errors.md is proved equal to this table by a test. Our own faults are assertions and never listed here.
 */
export const errorTable = {
  INVALID_REQUEST: {
    status: 400,
    meaning: 'The request does not match the contract; `details` names each field and what was expected.',
  },
  INVALID_FILTER: { status: 400, meaning: 'The filter expression names an unknown field or operator, or nests too deep.' },
  INVALID_ITEM: { status: 400, meaning: 'An item has a field outside its limits; the message names the field.' },
  INVALID_USER: { status: 400, meaning: 'A user has a field outside its limits; the message names the field.' },
  INVALID_EVENT: {
    status: 400,
    meaning: 'An event has a field outside its limits (a rating off its scale, a date in the future).',
  },
  ITEM_NOT_FOUND: { status: 404, meaning: 'No item has this id. Write the item first, then its events.' },
  USER_NOT_FOUND: { status: 404, meaning: 'No user has this id and no event was ever recorded for it.' },
  MODELS_NOT_FOUND: {
    status: 404,
    meaning: 'There are no models of this version, or none that could be returned to. `sona models list` says which there are.',
  },
  JOB_NOT_FOUND: { status: 404, meaning: 'No job has this id; finished ones are forgotten after some days.' },
  JOB_STATE: {
    status: 409,
    meaning:
      'The job is in no state for this: only what waits or runs can be cancelled, only what died or was cancelled tried again.',
  },
  ADAPTER_NOT_FOUND: { status: 404, meaning: 'The user has no adapter, or not in the version asked for.' },
  ROUTE_NOT_FOUND: { status: 404, meaning: 'No such path. The API is listed at /docs.' },
  METHOD_NOT_ALLOWED: { status: 405, meaning: 'The path exists, but not with this method; the message names those that it has.' },
  REQUEST_TIMEOUT: { status: 408, meaning: 'The request did not arrive completely in time; send it again.' },
  PAYLOAD_TOO_LARGE: { status: 413, meaning: 'The body is larger than the server accepts; send several smaller ones.' },
  UNSUPPORTED_MEDIA_TYPE: {
    status: 415,
    meaning: 'The body is not in a format that this path reads; the message names the content type to send.',
  },
  HEADERS_TOO_LARGE: { status: 431, meaning: 'The address and the headers of the request are together larger than 16 KiB.' },
  UNKNOWN_MODEL: { status: 400, meaning: 'A plan or an option names a model that Sona does not have.' },
  TUNING_DIFFERS: {
    status: 409,
    meaning:
      'A tuning run cannot go on: its data, seed, plan or search space are not those it began with; the message names which.',
  },
  INVALID_PLAN: { status: 400, meaning: 'A plan is malformed: the message names the part and what was expected.' },
  INVALID_SCHEDULE: {
    status: 400,
    meaning: 'A schedule of jobs is malformed: the message names the part and what was expected.',
  },
  EMPTY_CATALOGUE: { status: 409, meaning: 'There are no items, or no events, to work with. Run `sona import` first.' },
  ARTIFACT_CORRUPT: {
    status: 500,
    meaning: 'A stored model fails its checksum or format version. Train again with `sona train`.',
  },
  ADAPTER_CORRUPT: {
    status: 500,
    meaning: 'A stored adapter fails its checksum or format version. The base ranking serves; erase it, and it is learned again.',
  },
  TRAINING_ABORTED: { status: 499, meaning: 'Training was asked to stop before it was done; nothing was published.' },
  MEMORY_BUDGET_EXCEEDED: {
    status: 507,
    meaning: 'A model does not fit the memory it is allowed; raise the budget or choose a sparser model.',
  },
  HOME_IN_USE: {
    status: 409,
    meaning: 'Another process has the embedded database open; the message names it. Stop it, or use DATABASE_URL.',
  },
  HOME_UNUSABLE: {
    status: 500,
    meaning: 'The directory of the embedded database cannot be read or written; the message says why.',
  },
  DATABASE_UNAVAILABLE: {
    status: 503,
    meaning: 'The database does not answer. Send it again later: what was written, if anything, is not written twice.',
  },
  DATABASE_UNSUITABLE: { status: 500, meaning: 'The database is too old or lacks pgvector; the message says what to install.' },
  SCHEMA_MISMATCH: {
    status: 500,
    meaning: 'The database was migrated by a newer Sona, or its schema was changed by hand. Run `sona doctor`.',
  },
  STORAGE_FULL: { status: 507, meaning: 'The disk is full. Nothing was written; free space and send it again.' },
  FILE_NOT_FOUND: { status: 404, meaning: 'A file or directory named on the command line does not exist or cannot be read.' },
  INVALID_FILE: {
    status: 400,
    meaning: 'A file is not in the format it was said to be; the message names the line and the reason.',
  },
  INVALID_ENCODER: {
    status: 400,
    meaning:
      'The files of an encoder are missing, damaged, or do not fit each other; the message says what was expected and what was found.',
  },
  ENCODER_UNAVAILABLE: {
    status: 503,
    meaning:
      'There is no encoder, or its thread died and is being started again. Bring one with `sona encoders add`, or ask again.',
  },
  ENCODER_TIMEOUT: {
    status: 503,
    meaning: 'The encoder did not answer within the time allowed. Send less at once, or ask again.',
  },
  ENCODER_OUTPUT_INVALID: {
    status: 500,
    meaning:
      'A model gave zeros or numbers that are not finite, which are never used as a vector. Bring or train another encoder.',
  },
  DOWNLOAD_FAILED: {
    status: 502,
    meaning: 'A file could not be downloaded; the message names it and why. Run the command again: it goes on where it stopped.',
  },
  PORT_IN_USE: { status: 409, meaning: 'Another process listens on this address. Choose another with --port.' },
  OVERLOADED: {
    status: 503,
    meaning: 'The server has more work queued than it can answer in time. Retry after the stated seconds.',
  },
  NOT_READY: { status: 503, meaning: 'The server has started but has no models loaded yet. Retry after the stated seconds.' },
  SHUTTING_DOWN: { status: 503, meaning: 'The server is stopping and takes no new work.' },
  THREAD_DIED: {
    status: 500,
    meaning: 'A worker thread stopped unexpectedly; it is started again, and the message carries its last error.',
  },
} as const satisfies Record<string, { readonly status: number; readonly meaning: string }>

export type ErrorCode = keyof typeof errorTable

/** The world's fault: a stable code, a sentence that says what to do, and what caused it. */
export class SonaError extends Error {
  override readonly name = 'SonaError'
  readonly code: ErrorCode
  readonly details: unknown

  constructor(code: ErrorCode, message: string, options: { readonly cause?: unknown; readonly details?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.code = code
    this.details = options.details
  }

  get status(): number {
    return errorTable[this.code].status
  }
}

/** Our fault, if it is false: never reachable from outside data. */
export function assert(condition: unknown, what: string): asserts condition {
  if (!condition) throw new Error(`Assertion failed: ${what}`)
}
