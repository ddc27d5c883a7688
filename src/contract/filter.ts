import { z } from 'zod'
import {
  type FieldFilter,
  type Filter,
  type FilterField,
  type FilterScalar,
  filterOperators,
  labelFields,
  MAX_FILTER_DEPTH,
  numberFields,
} from '../domain/filter.js'
import { normaliseGenre } from '../domain/genres.js'
import { maturityLevels, parseMaturity } from '../domain/maturity.js'
import { parseInstant } from './instant.js'
import { limits, textProblem } from './limits.js'
import { type Parsed, parseWith } from './problems.js'

const scalarSchema = z.union([z.string().max(limits.attributeTextCharacters), z.number(), z.boolean()])

/** One comparison as it comes in; whether its parts fit each other is `checkedComparison`'s to say. */
const comparisonSchema = z
  .strictObject({
    field: z
      .string()
      .max(limits.attributeNameCharacters + 'attributes.'.length)
      .describe(`One of ${[...labelFields, ...numberFields, 'kind', 'maturity'].join(', ')} or attributes.<name>.`),
    op: z.enum(filterOperators),
    value: z.union([scalarSchema, z.array(scalarSchema).max(limits.listEntries)]),
  })
  .transform((comparison, issues): FieldFilter => {
    const checked = checkedComparison(comparison)
    if (typeof checked !== 'string') return checked
    issues.addIssue(checked)
    return z.NEVER
  })

/** The filter's shape, which contains itself. To parse a filter use `filterSchema`, which looks at its size first. */
export const anyFilterSchema: z.ZodType<Filter> = z.lazy(() =>
  z.union([
    comparisonSchema,
    z.strictObject({ and: z.array(anyFilterSchema).max(limits.listEntries) }),
    z.strictObject({ or: z.array(anyFilterSchema).max(limits.listEntries) }),
    z.strictObject({ not: anyFilterSchema }),
  ]),
)

/** A filter over item fields. Values are brought to the spelling that items have: `Sci-Fi` finds `science fiction`. */
export const filterSchema = z.preprocess((input, issues) => {
  const problem = sizeProblem(input)
  if (problem === undefined) return input
  issues.addIssue({ code: 'custom', message: problem, continue: false })
  return z.NEVER
}, anyFilterSchema)

/** A filter from outside as Sona knows it, or everything that is wrong with it. */
export function parseFilter(input: unknown): Parsed<Filter> {
  return parseWith(filterSchema, input)
}

/** Refuses what would take too deep a recursion, or too long, before anything recurses. Level by level, so it cannot itself. */
function sizeProblem(input: unknown): string | undefined {
  let level: readonly unknown[] = [input]
  for (let depth = 1; level.length > 0; depth++) {
    if (depth > MAX_FILTER_DEPTH) return `must not nest deeper than ${MAX_FILTER_DEPTH}`
    if (level.length > limits.filterConditions) return `must have at most ${limits.filterConditions} conditions`
    level = level.flatMap(partsOf)
  }
  return undefined
}

function partsOf(filter: unknown): readonly unknown[] {
  if (typeof filter !== 'object' || filter === null) return []
  const parts: unknown[] = []
  for (const [name, value] of Object.entries(filter)) {
    if ((name === 'and' || name === 'or') && Array.isArray(value)) parts.push(...value)
    if (name === 'not') parts.push(value)
  }
  return parts
}

type Comparison = {
  readonly field: string
  readonly op: FieldFilter['op']
  readonly value: FilterScalar | readonly FilterScalar[]
}

/** The comparison with its values in the spelling of items, or what is wrong with it. */
function checkedComparison({ field, op, value }: Comparison): FieldFilter | string {
  if (!isFilterField(field)) return `has the unknown field ${field.slice(0, 50)}`
  if (op === 'exists') {
    return typeof value === 'boolean' ? { field, op, value } : 'must compare exists with true or false'
  }
  if (op === 'in' || op === 'nin') {
    if (!isList(value)) return `must compare ${op} with a list`
    const values = value.map((entry) => canonicalValue(field, entry))
    return values.includes(undefined)
      ? `must compare ${field} with ${expectedOf(field)}`
      : { field, op, value: values.filter(isGiven) }
  }
  if (isList(value)) return `must compare ${op} with one value, not a list`
  const canonical = canonicalValue(field, value)
  if (canonical === undefined) return `must compare ${field} with ${expectedOf(field)}`
  if (op === 'eq' || op === 'ne') return { field, op, value: canonical }
  if (isLabelField(field) || field === 'kind') return `must not compare ${field} by size; it holds words`
  return typeof canonical === 'boolean' ? `must not compare true or false by size` : { field, op, value: canonical }
}

const isList = (value: Comparison['value']): value is readonly FilterScalar[] => Array.isArray(value)
const isGiven = (value: FilterScalar | undefined): value is FilterScalar => value !== undefined
const isLabelField = (field: FilterField): boolean => (labelFields as readonly string[]).includes(field)
const isNumberField = (field: FilterField): boolean => (numberFields as readonly string[]).includes(field)

function isFilterField(field: string): field is FilterField {
  if (field.startsWith('attributes.')) return field.length > 'attributes.'.length && textProblem(field) === undefined
  return field === 'kind' || field === 'maturity' || [...labelFields, ...numberFields].some((name) => name === field)
}

/** The value as items spell it; undefined when the field can never hold it. */
function canonicalValue(field: FilterField, value: FilterScalar): FilterScalar | undefined {
  if (field.startsWith('attributes.')) return value
  if (isNumberField(field)) {
    if (typeof value === 'number') return value
    return field === 'releasedAt' && typeof value === 'string' ? parseInstant(value) : undefined
  }
  if (typeof value !== 'string') return undefined
  switch (field) {
    case 'genres':
      return normaliseGenre(value)
    case 'languages':
      return value.trim().toLowerCase().replaceAll('_', '-')
    case 'countries':
      return /^[a-z]{2}$/i.test(value.trim()) ? value.trim().toUpperCase() : value.trim()
    case 'maturity':
      return parseMaturity(value)
    default:
      return value.trim()
  }
}

function expectedOf(field: FilterField): string {
  if (field === 'releasedAt') return 'an ISO 8601 date or milliseconds since 1970'
  if (isNumberField(field)) return 'a number'
  return field === 'maturity' ? `one of ${maturityLevels.join(', ')} or a rating such as PG-13` : 'text'
}
