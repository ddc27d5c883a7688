import { type ErrorAnswer, statusOf } from '../contract/errors.js'
import type { ErrorCode } from '../domain/errors.js'

/** A socket, as far as it is needed here. */
interface Connection {
  readonly writable: boolean
  end(text: string): void
  destroy(): void
}

/** Answers what is not HTTP, or not in time: there is no request yet, so the answer is written by hand. Then the connection ends. */
export function answerUnreadable(error: Error & { readonly code?: string }, connection: Connection): void {
  if (error.code === 'ECONNRESET' || !connection.writable) {
    connection.destroy()
    return
  }
  const { code, message } = causeOf(error.code)
  const body = JSON.stringify({ error: { code, message } } satisfies ErrorAnswer)
  connection.end(
    [
      `HTTP/1.1 ${statusOf(code)} ${code}`,
      'Content-Type: application/json; charset=utf-8',
      `Content-Length: ${Buffer.byteLength(body)}`,
      'Connection: close',
      '',
      body,
    ].join('\r\n'),
  )
}

function causeOf(code: string | undefined): { readonly code: ErrorCode; readonly message: string } {
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { code: 'REQUEST_TIMEOUT', message: 'The headers of the request did not arrive in time.' }
    case 'HPE_HEADER_OVERFLOW':
      return { code: 'HEADERS_TOO_LARGE', message: 'The address and the headers are together larger than 16 KiB.' }
    default:
      return { code: 'INVALID_REQUEST', message: 'This is not a valid HTTP/1.1 request.' }
  }
}
