import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { mkdir, open, rename, rm, stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { SonaError } from '../domain/errors.js'

export interface Download {
  readonly url: string
  /** Where the whole file will lie. What has arrived so far lies beside it as `<file>.part`. */
  readonly file: string
  readonly bytes: number
  readonly checksum: Checksum
}

/** 'sha256' of the content; 'git': SHA-1 of the content behind git's header, which is how a hub names small files. */
export interface Checksum {
  readonly kind: 'sha256' | 'git'
  readonly hex: string
}

export interface DownloadOptions {
  /** Bytes of this file that are there so far. */
  readonly onProgress: (bytes: number) => void
  readonly signal?: AbortSignal
  /** Given up after so long without a byte. Default 30,000. */
  readonly silenceMs?: number
  /** Pauses before a broken download is taken up again, one for each try. Default 1, 5 and 15 seconds. */
  readonly pausesMs?: readonly number[]
}

/**
 * Fetches a file over HTTP, going on where an earlier try stopped (Range), and checks what arrived. DOWNLOAD_FAILED when it cannot be
 * had: what came so far stays for the next time, unless it is wrong.
 */
export async function download(wanted: Download, options: DownloadOptions): Promise<void> {
  const { pausesMs = [1_000, 5_000, 15_000], signal } = options
  if (await isWhole(wanted, wanted.file)) return options.onProgress(wanted.bytes)
  await mkdir(dirname(wanted.file), { recursive: true })
  for (let attempt = 0; ; attempt++) {
    try {
      await attemptOnce(wanted, options)
      break
    } catch (error) {
      const pauseMs = pausesMs[attempt]
      if (error instanceof SonaError || pauseMs === undefined || signal?.aborted === true) throw failed(wanted.url, error)
      await sleep(pauseMs)
    }
  }
  const part = `${wanted.file}.part`
  if (!(await isWhole(wanted, part))) {
    await rm(part)
    throw new SonaError(
      'DOWNLOAD_FAILED',
      `What came from ${wanted.url} is not what the hub says that it is (${wanted.checksum.kind} ${wanted.checksum.hex.slice(0, 12)}…); it was deleted.`,
    )
  }
  await rename(part, wanted.file)
}

/** Throws a SonaError where trying again would not help. */
async function attemptOnce(
  { url, file, bytes }: Download,
  { onProgress, signal, silenceMs = 30_000 }: DownloadOptions,
): Promise<void> {
  const part = `${file}.part`
  const had = await sizeOf(part)
  if (had === bytes) return
  if (had > bytes) await rm(part)
  const from = had > bytes ? 0 : had
  const silence = silenceGuard(silenceMs, signal)
  try {
    const response = await fetch(url, { headers: from > 0 ? { range: `bytes=${from}-` } : {}, signal: silence.signal })
    if (response.status >= 400 && response.status < 500 && response.status !== 416 && response.status !== 429) {
      throw new SonaError('DOWNLOAD_FAILED', `${url} answered ${response.status}${hintFor(response.status)}.`)
    }
    if (!response.ok || response.body === null) throw new Error(`${url} answered ${response.status}`)
    // A server that knows no ranges sends the whole file again.
    const isContinued = response.status === 206
    const target = await open(part, isContinued ? 'a' : 'w')
    let there = isContinued ? from : 0
    try {
      for await (const chunk of response.body) {
        silence.heard()
        await target.write(chunk as Uint8Array)
        there += (chunk as Uint8Array).byteLength
        onProgress(there)
      }
    } finally {
      await target.close()
    }
    if (there < bytes) throw new Error(`the connection ended after ${there} of ${bytes} bytes`)
  } finally {
    silence.end()
  }
}

/** Aborts when nothing was heard for a while, and when the caller gives up. */
function silenceGuard(silenceMs: number, signal: AbortSignal | undefined) {
  const controller = new AbortController()
  const onAbort = (): void => controller.abort(signal?.reason)
  const timer = setTimeout(() => controller.abort(new Error(`no byte came for ${silenceMs} ms`)), silenceMs)
  if (signal?.aborted === true) onAbort()
  signal?.addEventListener('abort', onAbort, { once: true })
  return {
    signal: controller.signal,
    heard: () => void timer.refresh(),
    end() {
      clearTimeout(timer)
      signal?.removeEventListener('abort', onAbort)
    },
  }
}

async function isWhole({ bytes, checksum }: Download, file: string): Promise<boolean> {
  if ((await sizeOf(file)) !== bytes) return false
  const hash = checksum.kind === 'git' ? createHash('sha1').update(`blob ${bytes}\0`) : createHash('sha256')
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk as Uint8Array)
  return hash.digest('hex') === checksum.hex
}

async function sizeOf(file: string): Promise<number> {
  return await stat(file).then(
    ({ size }) => size,
    () => 0, // not there
  )
}

const hintFor = (status: number): string =>
  status === 401 || status === 403
    ? ': it needs a permission that Sona cannot give'
    : status === 404
      ? ': there is no such file'
      : ''

/** A failure's own words, and that nothing is lost. */
export function failed(what: string, error: unknown): SonaError {
  if (error instanceof SonaError) return error
  const { message, cause } = error as Error
  const reason = cause instanceof Error ? `${message} (${cause.message})` : message
  return new SonaError(
    'DOWNLOAD_FAILED',
    `${what} could not be downloaded: ${reason}. Run the command again; it goes on where it stopped.`,
    { cause: error },
  )
}
