import type { TransferListItem } from 'node:worker_threads'
import { type ErrorCode, errorTable, SonaError } from '../domain/errors.js'

/** What goes into a thread: a call by the name of a method. */
export interface CallMessage {
  readonly id: number
  readonly method: string
  readonly args: readonly unknown[]
}

/** What comes out of it: first whether it started, then results by the number of their call. */
export type ThreadMessage =
  | { readonly kind: 'started' }
  | { readonly kind: 'failed'; readonly error: ErrorOnTheWire }
  | { readonly kind: 'result'; readonly id: number; readonly value: unknown }
  | { readonly kind: 'error'; readonly id: number; readonly error: ErrorOnTheWire }

/** Structured cloning keeps an error's message and loses its code; this keeps both. */
export interface ErrorOnTheWire {
  readonly name: string
  readonly message: string
  readonly stack: string | undefined
  readonly code: string | undefined
  readonly details: unknown
  readonly cause: ErrorOnTheWire | undefined
}

export function flattenError(error: unknown): ErrorOnTheWire {
  if (!(error instanceof Error)) {
    return { name: 'Error', message: String(error), stack: undefined, code: undefined, details: undefined, cause: undefined }
  }
  const { code } = error as { code?: unknown }
  return {
    name: error.name,
    message: error.message,
    stack: error.stack,
    code: typeof code === 'string' ? code : undefined,
    details: error instanceof SonaError ? cloneable(error.details) : undefined,
    cause: error.cause === undefined ? undefined : flattenError(error.cause),
  }
}

export function reviveError(wire: ErrorOnTheWire): Error {
  const options = wire.cause === undefined ? {} : { cause: reviveError(wire.cause) }
  // By code, not by name: math/ and the like name a row of the table without knowing SonaError.
  if (wire.code !== undefined && wire.code in errorTable) {
    const error = new SonaError(wire.code as ErrorCode, wire.message, { ...options, details: wire.details })
    if (wire.stack !== undefined) error.stack = wire.stack
    return error
  }
  const error = new Error(wire.message, options)
  error.name = wire.name
  if (wire.stack !== undefined) error.stack = wire.stack
  return wire.code === undefined ? error : Object.assign(error, { code: wire.code })
}

function cloneable(details: unknown): unknown {
  try {
    return structuredClone(details)
  } catch {
    return String(details)
  }
}

/** A result whose buffers are handed over instead of copied; the thread must not touch them afterwards. */
export class Moved<T> {
  readonly value: T
  readonly transfer: readonly TransferListItem[]

  constructor(value: T, transfer: readonly TransferListItem[]) {
    this.value = value
    this.transfer = transfer
  }
}
