import { SonaError } from '../domain/errors.js'

/** Why a file cannot be written, for the person who named it. What is no fault of the file is given back as it is. */
export function unwritable(what: string, cause: unknown): unknown {
  const { code, message } = cause as NodeJS.ErrnoException
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
      return new SonaError('STORAGE_FULL', `${what} is not complete: the disk is full. Free space and run it again.`, { cause })
    case 'ENOENT':
    case 'ENOTDIR':
    case 'EISDIR':
    case 'EACCES':
    case 'EPERM':
    case 'EROFS':
      return new SonaError('FILE_NOT_FOUND', `${what} cannot be written: ${message}.`, { cause })
    default:
      return cause
  }
}
