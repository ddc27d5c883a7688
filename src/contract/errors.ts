import { z } from 'zod'
import { type ErrorCode, errorTable } from '../domain/errors.js'

/** The one failure that is ours: a broken assertion. It is logged with its stack; the caller gets the request's id and no more. */
export const internalError = { code: 'INTERNAL_ERROR', status: 500 } as const

/** Every code an answer of the API can carry. */
export type ApiErrorCode = ErrorCode | typeof internalError.code

const apiErrorCodes = [...(Object.keys(errorTable) as ErrorCode[]), internalError.code]

export const statusOf = (code: ApiErrorCode): number =>
  code === internalError.code ? internalError.status : errorTable[code].status

/** What every failure looks like, whatever failed. */
export const errorAnswerSchema = z.strictObject({
  error: z.strictObject({
    code: z.enum(apiErrorCodes).describe('Stable; switch on this.'),
    message: z.string().describe('For people: what is wrong and what to do.'),
    details: z.unknown().optional().describe('For INVALID_…: a list of { field, message }, one for each thing that is wrong.'),
  }),
})

export type ErrorAnswer = z.output<typeof errorAnswerSchema>
