import { defaultSchedule, parseSchedule, type Schedule } from '../contract/schedule.js'
import { SonaError } from '../domain/errors.js'
import { readJson } from './json-file.js'

/** Reads a schedule that somebody wrote; the default one without a file. Throws FILE_NOT_FOUND or INVALID_SCHEDULE. */
export async function readSchedule(file: string | undefined): Promise<Schedule> {
  if (file === undefined) return defaultSchedule
  const input = await readJson(file, 'schedule', 'INVALID_SCHEDULE')
  try {
    return parseSchedule(input)
  } catch (error) {
    if (!(error instanceof SonaError)) throw error
    throw new SonaError(error.code, `${file}: ${error.message}`, { cause: error, details: error.details })
  }
}
