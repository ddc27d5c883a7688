import { SingleBar } from 'cli-progress'

/**
 * Where a command's words go. What was asked for goes to standard output, and with --json that is exactly one JSON document;
 * everything else, progress included, goes to standard error.
 */
export interface Terminal {
  readonly json: boolean
  /** A line of the answer; silent with --json. */
  line(text?: string): void
  /** The answer as data; silent without --json. Call it once. */
  result(value: unknown): void
  /** A line beside the answer. */
  note(text: string): void
  /** A bar on a terminal, a line every few seconds elsewhere. */
  progress(what: string): Progress
}

export interface Progress {
  /** `total` 0: unknown. */
  at(done: number, total: number, detail?: string): void
  end(detail?: string): void
}

const LINE_EVERY_MS = 5_000

export function createTerminal(json: boolean): Terminal {
  const { stdout, stderr } = process
  return {
    json,
    line: (text = '') => void (json || stdout.write(`${text}\n`)),
    result: (value) => void (json && stdout.write(`${JSON.stringify(value)}\n`)),
    note: (text) => void stderr.write(`${text}\n`),
    progress: (what) => (stderr.isTTY ? bar(what) : lines(what)),
  }
}

function bar(what: string): Progress {
  const single = new SingleBar({
    format: `${what} {bar} {percentage}% {detail}`,
    hideCursor: true,
    stream: process.stderr,
    clearOnComplete: true,
    etaBuffer: 50,
  })
  single.start(1, 0, { detail: '' })
  return {
    at(done, total, detail = '') {
      single.setTotal(Math.max(total, 1))
      single.update(total === 0 ? 0 : done, { detail })
    },
    end(detail = 'done') {
      single.stop()
      process.stderr.write(`${what}: ${detail}\n`)
    },
  }
}

function lines(what: string): Progress {
  let next = performance.now() + LINE_EVERY_MS
  return {
    at(done, total, detail = '') {
      if (performance.now() < next) return
      next = performance.now() + LINE_EVERY_MS
      const share = total === 0 ? '' : ` ${Math.floor((100 * done) / total)} %`
      process.stderr.write(`${what}:${share} ${detail}\n`)
    },
    end: (detail = 'done') => void process.stderr.write(`${what}: ${detail}\n`),
  }
}
