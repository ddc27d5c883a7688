import { type ApiErrorCode, type ErrorAnswer, internalError, statusOf } from '../contract/errors.js'
import { limits } from '../contract/limits.js'
import type { Problem } from '../contract/problems.js'
import type { Route } from '../contract/route.js'
import { type ErrorCode, SonaError } from '../domain/errors.js'

/** A failure as it goes over the wire. */
export interface Failure {
  readonly status: number
  readonly code: ApiErrorCode
  readonly body: ErrorAnswer
  /** For the Retry-After header. */
  readonly retryAfterSeconds: number | undefined
}

/** What the caller is told of an error. Of a fault of our own they get the request's id, by which the log has the rest. */
export function failureOf(error: unknown, requestId: string, route?: Route): Failure {
  if (error instanceof SonaError) return failure(error.code, error.message, error.details)
  const known = frameworkFailure(error, route)
  if (known !== undefined) return failure(known.code, known.message)
  return failure(internalError.code, 'Something went wrong inside Sona. The log tells more under this request id.', { requestId })
}

function failure(code: ApiErrorCode, message: string, details?: unknown): Failure {
  const status = statusOf(code)
  return {
    status,
    code,
    body: { error: { code, message, ...(details !== undefined && { details }) } },
    retryAfterSeconds: status === 503 ? (retryAfterSeconds[code] ?? 1) : undefined,
  }
}

/** An overload passes in a moment; a database or models that are not there take longer. */
const retryAfterSeconds: Partial<Record<ApiErrorCode, number>> = { DATABASE_UNAVAILABLE: 5, NOT_READY: 5 }

/** Faults of a request that the HTTP library finds before we do, in our words. */
function frameworkFailure(
  error: unknown,
  route: Route | undefined,
): { readonly code: ApiErrorCode; readonly message: string } | undefined {
  switch (codeOf(error)) {
    case 'FST_ERR_CTP_BODY_TOO_LARGE':
      return {
        code: 'PAYLOAD_TOO_LARGE',
        message: `The body is larger than ${limits.bodyBytes.toLocaleString('en')} bytes; send several smaller ones.`,
      }
    case 'FST_ERR_CTP_INVALID_MEDIA_TYPE':
      return { code: 'UNSUPPORTED_MEDIA_TYPE', message: mediaTypeMessage(route) }
    case 'FST_ERR_CTP_INVALID_CONTENT_LENGTH':
      return { code: 'INVALID_REQUEST', message: 'The body does not have the length that Content-Length says.' }
    case 'FST_ERR_BAD_URL':
      return { code: 'INVALID_REQUEST', message: 'The path is not valid percent-encoded UTF-8.' }
    case 'FST_ERR_MAX_PARAM_LENGTH':
      return { code: 'INVALID_REQUEST', message: `The id in the path is longer than ${limits.idBytes} bytes.` }
    case 'FST_ERR_HANDLER_TIMEOUT':
      return { code: 'REQUEST_TIMEOUT', message: 'The body did not arrive in time.' }
    default:
      return undefined
  }
}

const codeOf = (error: unknown): unknown => (error instanceof Error && 'code' in error ? error.code : undefined)

function mediaTypeMessage(route: Route | undefined): string {
  if (route?.body === undefined) return 'This path takes no body.'
  return `Send the body as ${route.body.type}, with the header content-type: ${route.body.type}.`
}

/** The error for an input that does not match the contract; `details` are the problems themselves. */
export function invalid(code: ErrorCode, problems: readonly Problem[], whole: string): SonaError {
  return new SonaError(code, describe(problems, whole), { details: problems })
}

/** Problems in one sentence. `whole` is what the input is called where no field is to blame. */
export function describe(problems: readonly Problem[], whole: string): string {
  return `${problems.map(({ field, message }) => `${field === '' ? whole : field} ${message}`).join('; ')}.`
}

export function answerLate(): SonaError {
  return new SonaError('OVERLOADED', 'The answer was not ready in time. What was sent may or may not have been written.')
}
