import { z } from 'zod'
import { SonaError } from '../domain/errors.js'
import { given, optional } from './fields.js'
import { parseWith, sentenceOf } from './problems.js'

const trainInputSchema = z
  .strictObject({
    guard: optional(z.enum(['guarded', 'forced'])).describe('forced: go live without being compared with the live models.'),
    tolerance: optional(z.number().min(0).max(1)).describe('How much worse than the live models still passes. Default 0.05.'),
    start: optional(z.enum(['warm', 'anew'])).describe('anew: no model begins from the live one.'),
    seed: optional(
      z
        .int()
        .min(0)
        .max(2 ** 31),
    ).describe('Default 1.'),
  })
  .transform((input) => given(input))

const adaptersInputSchema = z
  .strictObject({
    which: optional(z.enum(['due', 'all'])).describe(
      'all: everybody who did something that no training has used yet, however little. Default due: who did enough.',
    ),
  })
  .transform((input) => given(input))

const encodeInputSchema = z
  .strictObject({
    which: optional(z.enum(['changed', 'all'])).describe(
      'Default changed: items whose content is what it was keep their vectors.',
    ),
  })
  .transform((input) => given(input))

const graphInputSchema = z.strictObject({})

const cleanUpInputSchema = z
  .strictObject({
    recommendationDays: optional(z.int().min(1).max(36_500)).describe('Answers served longer ago are forgotten. Default 90.'),
  })
  .transform((input) => given(input))

/** What each kind of job may be told. All of it is optional. */
export const jobInputs = {
  train: trainInputSchema,
  adapters: adaptersInputSchema,
  encode: encodeInputSchema,
  graph: graphInputSchema,
  'clean-up': cleanUpInputSchema,
} as const

export type JobKindName = keyof typeof jobInputs
export type JobInput<K extends JobKindName> = z.output<(typeof jobInputs)[K]>

export const jobKindNames = Object.keys(jobInputs) as JobKindName[]

/** Throws INVALID_REQUEST naming what is wrong. */
export function parseJobInput<K extends JobKindName>(kind: K, input: unknown): JobInput<K> {
  const parsed = parseWith(jobInputs[kind] as unknown as z.ZodType<JobInput<K>>, input)
  if (parsed.ok) return parsed.value
  throw new SonaError('INVALID_REQUEST', `The input of a ${kind} job ${sentenceOf(parsed.problems)}.`, {
    details: parsed.problems,
  })
}
