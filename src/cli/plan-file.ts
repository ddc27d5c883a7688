import { readFile } from 'node:fs/promises'
import { parsePlan } from '../contract/plan.js'
import { SonaError } from '../domain/errors.js'
import type { PlanSpec } from '../pipeline/plan.js'

/** Reads a plan that somebody wrote. Throws FILE_NOT_FOUND, INVALID_PLAN or UNKNOWN_MODEL, with the file and what is wrong in it. */
export async function readPlan(file: string): Promise<PlanSpec> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    throw new SonaError('FILE_NOT_FOUND', `The plan ${file} cannot be read: ${(cause as Error).message}.`, { cause })
  }
  let input: unknown
  try {
    input = JSON.parse(text)
  } catch (cause) {
    throw new SonaError('INVALID_PLAN', `The plan ${file} is not JSON: ${(cause as Error).message}.`, { cause })
  }
  try {
    return parsePlan(input)
  } catch (error) {
    if (!(error instanceof SonaError)) throw error
    throw new SonaError(error.code, `${file}: ${error.message}`, { cause: error, details: error.details })
  }
}
