/**
 * A filter over item fields, as JSON:
 *
 *   { "and": [ { "field": "genres", "op": "in", "value": ["drama"] }, { "not": { "field": "releasedYear", "op": "lt", "value": 1990 } } ] }
 *
 * On a field that holds a list, `eq` and `in` ask whether the list contains the value, or any of the values.
 * A comparison with a field that the item lacks is false; `exists` asks for that.
 */
export type Filter =
  | { readonly and: readonly Filter[] }
  | { readonly or: readonly Filter[] }
  | { readonly not: Filter }
  | FieldFilter

export type FilterScalar = string | number | boolean

export type FieldFilter =
  | { readonly field: FilterField; readonly op: 'eq' | 'ne'; readonly value: FilterScalar }
  | { readonly field: FilterField; readonly op: 'in' | 'nin'; readonly value: readonly FilterScalar[] }
  | { readonly field: FilterField; readonly op: 'lt' | 'lte' | 'gt' | 'gte'; readonly value: number | string }
  | { readonly field: FilterField; readonly op: 'exists'; readonly value: boolean }

/** Fields that hold words. */
export const labelFields = [
  'genres',
  'cast',
  'directors',
  'franchise',
  'seriesId',
  'themes',
  'moods',
  'languages',
  'countries',
] as const
export type LabelField = (typeof labelFields)[number]

/** Fields that hold a number; dates compare as numbers (milliseconds) or as ISO 8601 text. */
export const numberFields = ['releasedAt', 'releasedYear', 'durationMinutes', 'averageRating', 'season', 'episode'] as const
export type NumberField = (typeof numberFields)[number]

export type FilterField = LabelField | NumberField | 'kind' | 'maturity' | `attributes.${string}`

export const filterOperators = ['eq', 'ne', 'in', 'nin', 'lt', 'lte', 'gt', 'gte', 'exists'] as const

/** Deeper expressions are refused with INVALID_FILTER: nobody writes them by hand, and evaluation recurses. */
export const MAX_FILTER_DEPTH = 8
