import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { SonaError } from '../domain/errors.js'
import { unreadable } from './lines.js'

/** A directory of data files, each plain or packed as `<name>.gz`. */
export interface Folder {
  readonly directory: string
  readonly names: readonly string[]
  /** Path of a file, packed or not; undefined when there is none. */
  find(name: string): string | undefined
  /** Path of a file that must be there. */
  path(name: string): string
  /** The file's name as it stands in the folder. */
  name(name: string): string
}

export async function openFolder(directory: string): Promise<Folder> {
  const names = await readdir(directory).catch((error: unknown) => {
    throw (error as NodeJS.ErrnoException).code === 'ENOENT'
      ? new SonaError('FILE_NOT_FOUND', `There is no directory ${directory}.`, { cause: error })
      : unreadable(directory, error)
  })
  const found = (name: string): string | undefined => [name, `${name}.gz`].find((variant) => names.includes(variant))
  const name = (wanted: string): string => {
    const variant = found(wanted)
    if (variant === undefined) throw new SonaError('FILE_NOT_FOUND', `There is no ${wanted} (or ${wanted}.gz) in ${directory}.`)
    return variant
  }
  return {
    directory,
    names,
    find: (wanted) => (found(wanted) === undefined ? undefined : join(directory, name(wanted))),
    path: (wanted) => join(directory, name(wanted)),
    name,
  }
}
