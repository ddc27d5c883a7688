import { isUtf8 } from 'node:buffer'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import { basename } from 'node:path'
import { pipeline, type Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { SonaError } from '../domain/errors.js'

/** Consecutive lines of a text file. */
export interface LineBatch {
  /** The number of the first of them, from 1. */
  readonly first: number
  /** Without line ends. Of a line that is a problem, the beginning. */
  readonly texts: readonly string[]
  /** By line number: lines that cannot be read, and why. */
  readonly problems: ReadonlyMap<number, string>
}

export interface LineOptions {
  readonly encoding?: 'utf8' | 'latin1'
  /** Longer lines are skipped, unread, as a problem. Default 4 MiB: a row at the limit of every field is shorter. */
  readonly maxLineBytes?: number
}

const MAX_LINE_BYTES = 4 * 1024 * 1024
const CHUNK_BYTES = 256 * 1024
const EXCERPT_BYTES = 500
const NEWLINE = 10

/**
 * The lines of a text file, plain or gzip (told by its first bytes, not its name). LF or CRLF, with or without a byte order mark
 * and a last line end. What is wrong with a line, or with the end of a truncated gzip file, is told as a problem of that line.
 * Throws FILE_NOT_FOUND when there is nothing to read, INVALID_FILE when it is no text.
 */
export async function* readLines(path: string, options: LineOptions = {}): AsyncGenerator<LineBatch> {
  const encoding = options.encoding ?? 'utf8'
  const maxLineBytes = options.maxLineBytes ?? MAX_LINE_BYTES
  let line = 1
  let carried: Buffer[] = [] // the beginning of a line that is not complete yet
  let carriedBytes = 0
  let overlong = false // the line being read is too long: only its beginning is kept

  try {
    for await (const chunk of await openBytes(path)) {
      const end = chunk.lastIndexOf(NEWLINE)
      if (end === -1) {
        carry(chunk)
        continue
      }
      let start = 0
      if (overlong) {
        yield problemLine(line++, `is longer than ${maxLineBytes} bytes`, Buffer.concat(carried).toString(encoding))
        start = chunk.indexOf(NEWLINE) + 1
        letGo()
      }
      if (end + 1 > start) {
        const batch = decode(Buffer.concat([...carried, chunk.subarray(start, end)]), line, encoding)
        line += batch.texts.length
        yield batch
      }
      letGo()
      if (end + 1 < chunk.length) carry(chunk.subarray(end + 1))
    }
  } catch (error) {
    const problem = truncationOf(error)
    if (problem === undefined || (line === 1 && carriedBytes === 0)) throw unreadable(path, error)
    yield problemLine(line, problem, Buffer.concat(carried).toString(encoding))
    return
  }
  if (overlong) yield problemLine(line, `is longer than ${maxLineBytes} bytes`, Buffer.concat(carried).toString(encoding))
  else if (carriedBytes > 0) yield decode(Buffer.concat(carried), line, encoding)

  function carry(bytes: Buffer): void {
    if (overlong) return
    carried.push(bytes)
    carriedBytes += bytes.length
    if (carriedBytes <= maxLineBytes) return
    overlong = true
    carried = [Buffer.from(Buffer.concat(carried).subarray(0, EXCERPT_BYTES))]
  }

  function letGo(): void {
    carried = []
    carriedBytes = 0
    overlong = false
  }
}

const none: ReadonlyMap<number, string> = new Map()

function problemLine(line: number, problem: string, beginning: string): LineBatch {
  return { first: line, texts: [beginning.slice(0, EXCERPT_BYTES)], problems: new Map([[line, problem]]) }
}

/** Complete lines without the last line end. */
function decode(bytes: Buffer, first: number, encoding: 'utf8' | 'latin1'): LineBatch {
  if (encoding === 'utf8' && !isUtf8(bytes)) return decodeDoubtful(bytes, first)
  let text = bytes.toString(encoding)
  if (first === 1 && text.startsWith('\uFEFF')) text = text.slice(1)
  const texts = text.split('\n')
  return { first, texts: text.includes('\r') ? texts.map(withoutReturn) : texts, problems: none }
}

const withoutReturn = (text: string): string => (text.endsWith('\r') ? text.slice(0, -1) : text)

/** One line at a time, so that a line that is not UTF-8 takes no other with it. */
function decodeDoubtful(bytes: Buffer, first: number): LineBatch {
  const texts: string[] = []
  const problems = new Map<number, string>()
  for (let start = 0; start <= bytes.length; ) {
    const found = bytes.indexOf(NEWLINE, start)
    const end = found === -1 ? bytes.length : found
    const piece = bytes.subarray(start, end)
    if (!isUtf8(piece)) problems.set(first + texts.length, 'is not valid UTF-8')
    texts.push(withoutReturn(piece.toString('utf8')))
    start = end + 1
  }
  return { first, texts, problems }
}

/** The bytes of a file, unpacked when they are gzip. */
async function openBytes(path: string): Promise<Readable & AsyncIterable<Buffer>> {
  const [first, second] = await firstBytes(path)
  if ((first === 0xff && second === 0xfe) || (first === 0xfe && second === 0xff)) {
    throw new SonaError('INVALID_FILE', `${path} is UTF-16. Save it as UTF-8.`)
  }
  const file = createReadStream(path, { highWaterMark: CHUNK_BYTES })
  if (first !== 0x1f || second !== 0x8b) return file
  // The callback has nothing to add: an error of the file reaches whoever reads the unpacked stream.
  return pipeline(file, createGunzip({ chunkSize: CHUNK_BYTES }), () => undefined)
}

async function firstBytes(path: string): Promise<Buffer> {
  try {
    const file = await open(path)
    try {
      const { buffer, bytesRead } = await file.read(Buffer.alloc(2), 0, 2, 0)
      return buffer.subarray(0, bytesRead)
    } finally {
      await file.close()
    }
  } catch (error) {
    throw unreadable(path, error)
  }
}

/** zlib's words for a file that stops too early, or goes wrong in the middle. */
function truncationOf(error: unknown): string | undefined {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'Z_BUF_ERROR') return 'is where the compressed file ends too early; what follows it is missing'
  if (code === 'Z_DATA_ERROR') return 'is where the compressed file is damaged; what follows it is missing'
  return undefined
}

/** Why a file cannot be read, for the person who named it. */
export function unreadable(path: string, cause: unknown): SonaError {
  if (cause instanceof SonaError) return cause
  const { code, message } = cause as NodeJS.ErrnoException
  const name = basename(path)
  switch (code) {
    case 'ENOENT':
      return new SonaError('FILE_NOT_FOUND', `There is no file ${path}.`, { cause })
    case 'EISDIR':
      return new SonaError('FILE_NOT_FOUND', `${path} is a directory; a file was expected.`, { cause })
    case 'ENOTDIR':
      return new SonaError('FILE_NOT_FOUND', `${path} is a file; a directory was expected.`, { cause })
    case 'EACCES':
    case 'EPERM':
      return new SonaError('FILE_NOT_FOUND', `${path} may not be read by this user.`, { cause })
    case 'Z_BUF_ERROR':
    case 'Z_DATA_ERROR':
      return new SonaError('INVALID_FILE', `${name} is not a complete gzip file: ${message}.`, { cause })
    default:
      return new SonaError('INVALID_FILE', `${path} cannot be read: ${message}.`, { cause })
  }
}
