import { z } from 'zod'
import { limits } from './limits.js'

export const changeSchema = z.enum(['created', 'updated', 'unchanged'])

/** A row of a bulk body that was not written. */
export const bulkRejectSchema = z.strictObject({
  line: z.int().describe('The line in the body, from 1; empty lines count.'),
  code: z.enum(['INVALID_REQUEST', 'INVALID_ITEM', 'INVALID_USER', 'PAYLOAD_TOO_LARGE']),
  message: z.string(),
})

/** How a bulk body fared. */
export const bulkAnswerSchema = z.strictObject({
  created: z.int(),
  updated: z.int(),
  unchanged: z.int(),
  rejected: z.int(),
  rejects: z
    .array(bulkRejectSchema)
    .describe(`The first ${limits.bulkRejects.toLocaleString('en')} rejected rows, with line and reason.`),
})

/** How far a bulk body came before something other than its rows stopped it; the `details` of that error. */
export interface BulkProgress {
  /** Every line up to this one was judged, and written unless it was rejected. Sending all lines again does no harm. */
  readonly throughLine: number
  readonly written: number
  readonly rejected: number
}

export type BulkAnswer = z.output<typeof bulkAnswerSchema>
export type BulkReject = z.output<typeof bulkRejectSchema>
export type Change = z.output<typeof changeSchema>

/** A bulk answer for the docs, of two rows. */
export const bulkExample = {
  created: 1,
  updated: 0,
  unchanged: 0,
  rejected: 1,
  rejects: [{ line: 2, code: 'INVALID_REQUEST', message: 'The line is not valid JSON: Unexpected end of JSON input.' }],
} as const satisfies BulkAnswer

/** What items' and users' bulk routes have in common, in words. */
export const bulkDescription = `One JSON object a line (\`application/x-ndjson\`), as many as you like: the body is read as it arrives and written in batches of up to ${limits.bulkBatchRows.toLocaleString('en')} rows. A faulty row is skipped and reported with its line; it never takes others with it. A line may have up to ${limits.bodyBytes.toLocaleString('en')} bytes. If the database fails half-way, the error’s details say through which line everything was written; sending all of it again does no harm.`
