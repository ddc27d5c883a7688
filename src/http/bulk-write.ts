import type { FastifyInstance } from 'fastify'
import type { BulkAnswer, BulkProgress, BulkReject, Change } from '../contract/bulk.js'
import { limits } from '../contract/limits.js'
import type { Parsed } from '../contract/problems.js'
import { SonaError } from '../domain/errors.js'
import { describe } from './failure.js'
import { parseJson } from './json-body.js'
import { type Line, ndjsonLines } from './ndjson-lines.js'

type Tally = Omit<BulkAnswer, 'rejects'>

export interface BulkWrite<T> {
  readonly parse: (input: unknown) => Parsed<T>
  /** Code of a row that does not match the contract. */
  readonly invalidRow: 'INVALID_ITEM' | 'INVALID_USER'
  /** Writes one batch, all or nothing. */
  readonly put: (rows: readonly T[]) => Promise<readonly Change[]>
  /** Told once how many rows were written and rejected, also when the body was not read to its end. */
  readonly onEnd: (tally: Tally) => void
  /** How long the next part of the body may take to arrive. */
  readonly partTimeoutMs: number
  /** Aborted when the server stops: the batch in hand is finished, no more is read. */
  readonly stop: AbortSignal
}

/** Makes a server hand over NDJSON bodies as they arrive, unread, and read no others. */
export function streamNdjsonBodies(server: FastifyInstance): void {
  server.removeAllContentTypeParsers()
  server.addContentTypeParser('application/x-ndjson', (_request, body, done) => {
    // The iterator must not destroy the request when it ends early: the failure is yet to be answered.
    done(null, body.iterator({ destroyOnReturn: false }))
  })
}

/** Writes the rows of an NDJSON body, as `streamNdjsonBodies` hands it over, batch by batch, and says how each row fared. */
export async function bulkWrite<T>(body: unknown, write: BulkWrite<T>): Promise<BulkAnswer> {
  if (body === undefined) throw noRows()
  const tally: Tally = { created: 0, updated: 0, unchanged: 0, rejected: 0 }
  const rejects: BulkReject[] = []
  let throughLine = 0
  try {
    for await (const batch of batches(body as AsyncIterable<Uint8Array>, write)) {
      if (batch.rows.length > 0) for (const change of await write.put(batch.rows)) tally[change]++
      tally.rejected += batch.rejects.length
      rejects.push(...batch.rejects.slice(0, limits.bulkRejects - rejects.length))
      throughLine = batch.lastLine
    }
  } catch (error) {
    throw withProgress(error, { throughLine, written: tally.created + tally.updated + tally.unchanged, rejected: tally.rejected })
  } finally {
    write.onEnd(tally)
  }
  if (throughLine === 0) throw noRows()
  return { ...tally, rejects }
}

const noRows = (): SonaError => new SonaError('INVALID_REQUEST', 'The body has no rows. Send one JSON object a line.')

interface Batch<T> {
  readonly rows: T[]
  readonly rejects: BulkReject[]
  lastLine: number
  bytes: number
}

async function* batches<T>(body: AsyncIterable<Uint8Array>, write: BulkWrite<T>): AsyncGenerator<Batch<T>> {
  const empty = (): Batch<T> => ({ rows: [], rejects: [], lastLine: 0, bytes: 0 })
  let batch = empty()
  for await (const lines of ndjsonLines(body, { maxLineBytes: limits.bodyBytes, timeoutMs: write.partTimeoutMs })) {
    if (write.stop.aborted) throw new SonaError('SHUTTING_DOWN', 'The server is stopping. Send the remaining lines again later.')
    for (const line of lines) {
      const row = rowOf(line, write)
      if ('value' in row) batch.rows.push(row.value)
      else batch.rejects.push(row)
      batch.lastLine = line.number
      batch.bytes += line.bytes.length
      if (batch.rows.length + batch.rejects.length < limits.bulkBatchRows && batch.bytes < limits.bulkBatchBytes) continue
      yield batch
      batch = empty()
    }
  }
  if (batch.lastLine > 0) yield batch
}

function rowOf<T>(line: Line, { parse, invalidRow }: BulkWrite<T>): { readonly value: T } | BulkReject {
  if (line.bytes === 'too-long') {
    const message = `The line is longer than ${limits.bodyBytes.toLocaleString('en')} bytes.`
    return { line: line.number, code: 'PAYLOAD_TOO_LARGE', message }
  }
  let input: unknown
  try {
    input = parseJson(line.bytes, 'The line')
  } catch (error) {
    if (!(error instanceof SonaError)) throw error
    return { line: line.number, code: 'INVALID_REQUEST', message: error.message }
  }
  const parsed = parse(input)
  return parsed.ok ? parsed : { line: line.number, code: invalidRow, message: describe(parsed.problems, 'The line') }
}

/** What the rows before the failure came to: the caller need not guess what was written. */
function withProgress(error: unknown, progress: BulkProgress): unknown {
  if (!(error instanceof SonaError)) return error
  const through =
    progress.throughLine === 0 ? 'Nothing was written.' : `Everything through line ${progress.throughLine} was written.`
  return new SonaError(error.code, `${error.message} ${through}`, { cause: error, details: progress })
}
