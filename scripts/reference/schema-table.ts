/** As much of JSON Schema as the contract uses. */
export interface Schema {
  readonly $ref?: string
  readonly type?: string | readonly string[]
  readonly description?: string
  readonly default?: unknown
  readonly const?: unknown
  readonly enum?: readonly unknown[]
  readonly anyOf?: readonly Schema[]
  readonly items?: Schema
  readonly properties?: Readonly<Record<string, Schema>>
  readonly required?: readonly string[]
  readonly additionalProperties?: Schema | boolean
  readonly minimum?: number
  readonly maximum?: number
  readonly maxLength?: number
  readonly maxItems?: number
}

interface Field {
  readonly name: string
  readonly schema: Schema
  readonly isRequired: boolean
}

/** Named schemas, each with a section of its own on the page. */
export type Shapes = Readonly<Record<string, Schema>>

/**
 * A Markdown table of an object's fields, those of objects inside it as `outer.inner`; of anything else a sentence. An object with
 * the fields of a shape is told as that shape.
 */
export function fieldTable(schema: Schema, shapes: Shapes = {}): string {
  const twin = Object.entries(shapes).find(([, shape]) => hasSameFields(shape, schema))
  if (twin !== undefined) return `The fields of ${linkTo(twin[0])}${difference(twin[1], schema)}.`
  const fields = fieldsOf(schema, '')
  if (fields.length === 0) return `${capital(typeOf(schema))}.`
  return ['| field | type | |', '|---|---|---|', ...fields.map(rowOf)].join('\n')
}

function hasSameFields(shape: Schema, { properties = {} }: Schema): boolean {
  const names = Object.keys(properties)
  return names.length > 1 && names.join() === Object.keys(shape.properties ?? {}).join()
}

function difference(shape: Schema, schema: Schema): string {
  const optional = (shape.required ?? []).filter((name) => !schema.required?.includes(name))
  return optional.length === 0 ? '' : `, where ${optional.map((name) => `\`${name}\``).join(', ')} may be left out`
}

function rowOf({ name, schema, isRequired }: Field): string {
  const required = isRequired ? '' : ' (optional)'
  const { description = '', default: fallback } = describedOf(schema)
  const said = fallback === undefined ? description : `${description} Default \`${JSON.stringify(fallback)}\`.`.trim()
  return `| \`${name}\`${required} | ${cell(typeOf(schema))} | ${cell(said)} |`
}

function fieldsOf(schema: Schema, prefix: string): readonly Field[] {
  const required = new Set(schema.required)
  return Object.entries(schema.properties ?? {}).flatMap(([key, property]) => {
    const name = `${prefix}${key}`
    const bare = withoutNull(property)
    const isRequired = required.has(key) && property.default === undefined
    const inner = bare.type === 'array' ? fieldsOf(withoutNull(bare.items ?? {}), `${name}[].`) : fieldsOf(bare, `${name}.`)
    return [{ name, schema: property, isRequired }, ...inner]
  })
}

/** Optional fields take null for "left out", which is said once for all of them. */
function withoutNull(schema: Schema): Schema {
  if (Array.isArray(schema.type)) {
    const types = schema.type.filter((type) => type !== 'null')
    return types.length === 1 && types[0] !== undefined ? { ...schema, type: types[0] } : { ...schema, type: types }
  }
  const others = schema.anyOf?.filter(({ type }) => type !== 'null')
  return others?.length === 1 && others[0] !== undefined ? { ...others[0], ...describedOf(schema) } : schema
}

/** Only the words about a field: a description may stand outside or inside the choice of null. */
function describedOf(schema: Schema): Pick<Schema, 'description' | 'default'> {
  const inner = schema.anyOf?.find(({ type }) => type !== 'null')
  const description = schema.description ?? inner?.description
  return {
    ...(description !== undefined && { description }),
    ...(schema.default !== undefined && { default: schema.default }),
  }
}

/** Only error codes are more than these, and they have a page of their own. */
const MOST_WORDS = 20

function typeOf(given: Schema): string {
  const schema = withoutNull(given)
  if (schema.$ref !== undefined) return linkTo(schema.$ref)
  if (schema.const !== undefined) return `\`${JSON.stringify(schema.const)}\``
  if (schema.enum !== undefined && schema.enum.length > MOST_WORDS) return 'a code of [errors.md](errors.md)'
  if (schema.enum !== undefined) return schema.enum.map((value) => `\`${String(value)}\``).join(', ')
  if (schema.anyOf !== undefined) return [...new Set(schema.anyOf.map(typeOf))].join(' or ')
  if (Array.isArray(schema.type)) return schema.type.map((type) => plainType({ ...schema, type })).join(' or ')
  return plainType(schema)
}

function plainType(schema: Schema): string {
  switch (schema.type) {
    case 'array':
      return listOf(schema)
    case 'string':
      return `text${limitOf(schema.maxLength, 'characters')}`
    case 'integer':
      return `whole number${rangeOf(schema)}`
    case 'number':
      return `number${rangeOf(schema)}`
    case 'boolean':
      return 'true or false'
    case 'object':
      return mapOf(schema)
    default:
      return 'any value'
  }
}

function listOf({ items = {}, maxItems }: Schema): string {
  const { maxLength, ...entry } = withoutNull(items)
  const limits = [
    ...(maxItems === undefined ? [] : [`at most ${maxItems.toLocaleString('en')}`]),
    ...(maxLength === undefined ? [] : [`each at most ${maxLength.toLocaleString('en')} characters`]),
  ]
  return `list of ${typeOf(entry)}${limits.length === 0 ? '' : ` (${limits.join(', ')})`}`
}

function mapOf({ properties, additionalProperties }: Schema): string {
  if (properties !== undefined || typeof additionalProperties !== 'object') return objectWith(properties)
  return `object of names and values: ${typeOf(additionalProperties)}`
}

const objectWith = (properties: Schema['properties']): string =>
  properties === undefined ? 'object' : `{ ${Object.keys(properties).join(', ')} }`

const limitOf = (limit: number | undefined, unit: string): string =>
  limit === undefined ? '' : `, at most ${limit.toLocaleString('en')} ${unit}`

/** Bounds that every JavaScript integer has are not worth a word. */
function rangeOf({ minimum, maximum }: Schema): string {
  const low = minimum === undefined || minimum === Number.MIN_SAFE_INTEGER ? undefined : minimum.toLocaleString('en')
  const high = maximum === undefined || maximum === Number.MAX_SAFE_INTEGER ? undefined : maximum.toLocaleString('en')
  if (low !== undefined && high !== undefined) return `, ${low}–${high}`
  if (low !== undefined) return `, at least ${low}`
  return high === undefined ? '' : `, at most ${high}`
}

function linkTo(ref: string): string {
  const name = ref.split('/').at(-1) ?? ref
  return `[${name}](#${name.toLowerCase()})`
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ')
