import { SonaError } from '../domain/errors.js'

/** Why the home directory cannot be used, in words; what already is a SonaError stays as it is. `log`: what the database said. */
export function homeError(home: string, error: unknown, log?: string): unknown {
  if (error instanceof SonaError || !(error instanceof Error)) return error
  const { code } = error as { code?: unknown }
  if (code === 'ENOSPC' || code === 'EDQUOT' || log?.includes('No space left on device')) {
    return new SonaError('STORAGE_FULL', `The disk of ${home} is full. Free space and start again.`, { cause: error })
  }
  return new SonaError(
    'HOME_UNUSABLE',
    `The directory ${home} cannot be used: ${log ?? error.message}. Choose another with --home, or correct its permissions.`,
    { cause: error },
  )
}
