import { SonaError } from '../domain/errors.js'
import { beforeDeadline } from './deadline.js'

/** One line of a body: its bytes without the line end, or that it was too long to keep. */
export interface Line {
  /** From 1. */
  readonly number: number
  readonly bytes: Uint8Array | 'too-long'
}

export interface LineOptions {
  readonly maxLineBytes: number
  /** How long the next part of the body may take to arrive. */
  readonly timeoutMs: number
}

const LINE_FEED = 10
const CARRIAGE_RETURN = 13

/**
 * The lines of a body as it arrives, in groups: all that one received part completes. Nothing is read while a group is being
 * worked on, so a slow reader slows the sender down. Empty lines are counted and left out. A line that is too long is passed
 * over without being kept. Throws REQUEST_TIMEOUT when the body stops coming.
 */
export async function* ndjsonLines(body: AsyncIterable<Uint8Array>, options: LineOptions): AsyncGenerator<readonly Line[]> {
  let number = 0
  let kept: Uint8Array[] = []
  let keptBytes = 0

  const keep = (part: Uint8Array): void => {
    keptBytes += part.length
    // One byte more than allowed is for the carriage return.
    if (keptBytes > options.maxLineBytes + 1) kept = []
    else kept.push(part)
  }
  const take = (): Line | undefined => {
    number++
    const bytes = trimmed(kept.length === 1 && kept[0] ? kept[0] : Buffer.concat(kept))
    const tooLong = keptBytes > options.maxLineBytes + 1 || bytes.length > options.maxLineBytes
    kept = []
    keptBytes = 0
    if (tooLong) return { number, bytes: 'too-long' }
    return bytes.length === 0 ? undefined : { number, bytes }
  }

  for await (const part of punctual(body, options.timeoutMs)) {
    const lines: Line[] = []
    let start = 0
    for (let end = part.indexOf(LINE_FEED); end >= 0; end = part.indexOf(LINE_FEED, start)) {
      keep(part.subarray(start, end))
      const line = take()
      if (line !== undefined) lines.push(line)
      start = end + 1
    }
    if (start < part.length) keep(part.subarray(start))
    yield lines
  }
  const last = keptBytes > 0 ? take() : undefined
  if (last !== undefined) yield [last]
}

/** Without a carriage return, spaces and tabs at its end. */
function trimmed(line: Uint8Array): Uint8Array {
  let end = line.length
  while (end > 0 && (line[end - 1] === CARRIAGE_RETURN || line[end - 1] === 32 || line[end - 1] === 9)) end--
  return line.subarray(0, end)
}

/** The same parts; throws when one keeps us waiting too long. */
async function* punctual(body: AsyncIterable<Uint8Array>, timeoutMs: number): AsyncGenerator<Uint8Array> {
  const parts = body[Symbol.asyncIterator]()
  const late = () => new SonaError('REQUEST_TIMEOUT', `Nothing more of the body arrived for ${timeoutMs / 1_000} seconds.`)
  try {
    for (;;) {
      const next = await beforeDeadline(parts.next(), timeoutMs, late)
      if (next.done === true) return
      yield next.value
    }
  } finally {
    // Not awaited: a stream that is waiting for data would never answer.
    void parts.return?.()
  }
}
