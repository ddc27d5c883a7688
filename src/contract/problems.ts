import type { z } from 'zod'
import { limits } from './limits.js'

/** One thing that is wrong with an input: `offers[0].until` · `must be later than from`. */
export interface Problem {
  /** Where, in the input's own names. Empty when the whole input is meant. */
  readonly field: string
  /** The end of a sentence that begins with the field. Never quotes the value, which may be long or private. */
  readonly message: string
}

export type Parsed<T> = { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly Problem[] }

/** Parses outside data once, into the schema's type, or tells everything that is wrong with it. */
export function parseWith<T>(schema: z.ZodType<T>, input: unknown): Parsed<T> {
  const result = schema.safeParse(input, { error: wordIssue })
  return result.success ? { ok: true, value: result.data } : { ok: false, problems: problemsOf(result.error.issues) }
}

/** Problems as one sentence, for an error message or a row of a rejects file. */
export function sentenceOf(problems: readonly Problem[]): string {
  return problems.map(({ field, message }) => (field === '' ? message : `${field} ${message}`)).join('; ')
}

/** A schema's complaints as problems. The schema must have been run with `wordIssue` for messages in Sona's words. */
export function problemsOf(issues: readonly z.core.$ZodIssue[]): readonly Problem[] {
  return issues.flatMap((issue) => problemsOfIssue(issue, [])).slice(0, limits.problems)
}

/** Sona's words for a schema's complaint; hand it to zod as `error`. Undefined: the schema's own message stands. */
export function wordIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'is required' : `must be ${nounOf(issue.expected)}`
    case 'invalid_value':
      return issue.input === undefined ? 'is required' : `must be one of ${issue.values.map(String).join(', ')}`
    case 'too_big':
      return `must ${sizeVerb(issue.origin)} at most ${issue.maximum.toLocaleString('en')}${sizeUnit(issue.origin)}`
    case 'too_small':
      if (issue.origin === 'string' && issue.minimum === 1) return 'must not be empty'
      return `must ${sizeVerb(issue.origin)} at least ${issue.minimum.toLocaleString('en')}${sizeUnit(issue.origin)}`
    case 'invalid_union':
      return issue.input === undefined ? 'is required' : undefined
    default:
      return undefined
  }
}

function nounOf(expected: string): string {
  const nouns: Readonly<Record<string, string>> = {
    string: 'text',
    number: 'a number',
    int: 'a whole number',
    boolean: 'true or false',
    array: 'a list',
    object: 'an object',
    record: 'an object',
    null: 'null',
  }
  return nouns[expected] ?? expected
}

const sizeVerb = (origin: string): string => (origin === 'array' ? 'have' : 'be')
const sizeUnit = (origin: string): string => (origin === 'array' ? ' entries' : origin === 'string' ? ' characters' : '')

function problemsOfIssue(issue: z.core.$ZodIssue, above: readonly PropertyKey[]): readonly Problem[] {
  const path = [...above, ...issue.path]
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({ field: fieldName([...path, key]), message: 'is not a known field' }))
  }
  if (issue.code === 'invalid_union') return problemsOfUnion(issue, path)
  return [{ field: fieldName(path), message: issue.message }]
}

/**
 * Of all the shapes an input could have had, the one it is nearest to: whose fields it has, then with the fewest complaints.
 * Where every shape fails at once ("must be text", "must be a number"), all of them are named.
 */
function problemsOfUnion(issue: z.core.$ZodIssueInvalidUnion, path: readonly PropertyKey[]): readonly Problem[] {
  const shapes = issue.errors.filter((issues) => issues.length > 0)
  if (shapes.length === 0 || issue.message === 'is required') return [{ field: fieldName(path), message: unionMessage(issue) }]
  if (shapes.every((issues) => issues.length === 1 && issues[0]?.code === 'invalid_type' && issues[0].path.length === 0)) {
    const nouns = shapes.map((issues) => issues[0]?.message.replace(/^must be /, '')).filter((noun) => noun !== 'null')
    return [{ field: fieldName(path), message: `must be ${nouns.join(' or ')}` }]
  }
  const nearest = [...shapes].sort((a, b) => misfit(a) - misfit(b) || a.length - b.length)[0] ?? []
  return nearest.flatMap((inner) => problemsOfIssue(inner, path))
}

/** How much of a shape's outline the input lacks: the wrong type altogether, or fields too many and too few. */
function misfit(issues: readonly z.core.$ZodIssue[]): number {
  let missing = 0
  for (const issue of issues) {
    if (issue.code === 'unrecognized_keys') missing += issue.keys.length
    else if (issue.code === 'invalid_type' && issue.path.length === 0) missing += 1_000
    else if (issue.message === 'is required' && issue.path.length === 1) missing += 1
  }
  return missing
}

function unionMessage(issue: z.core.$ZodIssueInvalidUnion): string {
  return issue.message === 'Invalid input' ? 'has none of the shapes that are allowed here' : issue.message
}

const LONGEST_NAME = 100

/** `offers[0].until`. Names that the caller invented are cut, so that a message stays a message. */
function fieldName(path: readonly PropertyKey[]): string {
  let name = ''
  for (const step of path) {
    if (typeof step === 'number') name += `[${step}]`
    else name += `${name === '' ? '' : '.'}${String(step).slice(0, LONGEST_NAME)}`
  }
  return name
}
