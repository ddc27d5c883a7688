import { readFile } from 'node:fs/promises'
import { type ErrorCode, SonaError } from '../domain/errors.js'

/** Reads a file of JSON. Throws FILE_NOT_FOUND, or `malformed` when it is none; `what` is what the file is called. */
export async function readJson(file: string, what: string, malformed: ErrorCode): Promise<unknown> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    throw new SonaError('FILE_NOT_FOUND', `The ${what} ${file} cannot be read: ${(cause as Error).message}.`, { cause })
  }
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new SonaError(malformed, `The ${what} ${file} is not JSON: ${(cause as Error).message}.`, { cause })
  }
}
