import { parsePlan } from '../contract/plan.js'
import { SonaError } from '../domain/errors.js'
import type { PlanSpec } from '../pipeline/plan.js'
import { readJson } from './json-file.js'

/** Reads a plan that somebody wrote. Throws FILE_NOT_FOUND, INVALID_PLAN or UNKNOWN_MODEL, with the file and what is wrong in it. */
export async function readPlan(file: string): Promise<PlanSpec> {
  const input = await readJson(file, 'plan', 'INVALID_PLAN')
  try {
    return parsePlan(input)
  } catch (error) {
    if (!(error instanceof SonaError)) throw error
    throw new SonaError(error.code, `${file}: ${error.message}`, { cause: error, details: error.details })
  }
}
