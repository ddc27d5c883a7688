import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, open, readdir, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { SonaError } from '../domain/errors.js'
import { type EncoderFields, type EncoderManifest, readManifest, sealEncoder } from './manifest.js'

/** Where encoders lie: `<home>/encoders/<version>/`, and beside them `current`, a file that holds the version in use. */
export function shelfOf(home: string): string {
  return join(home, 'encoders')
}

export function encoderDirectory(home: string, version: string): string {
  return join(shelfOf(home), version)
}

/** All encoders that can be read, by name and then version. */
export async function listEncoders(home: string): Promise<readonly EncoderManifest[]> {
  if (!existsSync(shelfOf(home))) return []
  const entries = await readdir(shelfOf(home), { withFileTypes: true })
  const versions = entries.filter((entry) => entry.isDirectory() && !entry.name.startsWith('.')).map(({ name }) => name)
  return await Promise.all(versions.sort().map((version) => readManifest(encoderDirectory(home, version))))
}

/** The version in use; undefined where none was chosen yet. */
export async function currentEncoder(home: string): Promise<string | undefined> {
  try {
    return (await readFile(join(shelfOf(home), 'current'), 'utf8')).trim()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw error
  }
}

/** From now on this version; the file is replaced whole, so that a reader sees the old or the new. */
export async function useEncoder(home: string, version: string): Promise<void> {
  if (!existsSync(encoderDirectory(home, version))) {
    throw new SonaError('INVALID_ENCODER', `There is no encoder ${version}. \`sona encoders list\` shows what there is.`)
  }
  const written = join(shelfOf(home), `.current-${process.pid}`)
  const file = await open(written, 'w')
  try {
    await file.writeFile(`${version}\n`)
    await file.sync()
  } finally {
    await file.close()
  }
  await rename(written, join(shelfOf(home), 'current'))
}

/**
 * Puts an encoder on the shelf, whole or not at all: `write` is given an empty directory to put the files into, and says what they are;
 * `check` may refuse the result by throwing. One that is there already is left as it is.
 */
export async function placeEncoder(
  home: string,
  write: (directory: string) => Promise<EncoderFields>,
  check: (directory: string) => Promise<void> = async () => {},
): Promise<EncoderManifest> {
  await mkdir(shelfOf(home), { recursive: true })
  const directory = await mkdtemp(join(shelfOf(home), '.new-'))
  try {
    const manifest = await sealEncoder(directory, await write(directory))
    await check(directory)
    const place = encoderDirectory(home, manifest.version)
    if (!existsSync(place)) await rename(directory, place)
    return manifest
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
