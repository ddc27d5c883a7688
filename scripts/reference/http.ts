import { api } from '../../src/contract/api.js'
import { limits } from '../../src/contract/limits.js'
import { type OpenApiDocument, openApiDocument } from '../../src/contract/openapi.js'
import { commonErrors, type Route } from '../../src/contract/route.js'
import { fieldTable, type Schema, type Shapes } from './schema-table.js'

interface Operation {
  readonly requestBody?: { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }
  readonly responses: Readonly<Record<string, { readonly content: Readonly<Record<string, { readonly schema: Schema }>> }>>
}

/** docs/reference/http.md from the contract. The machine's version of it is /openapi.json. */
export function httpPage(): string {
  const document = openApiDocument(api, 'any')
  const shapes = document.components.schemas as Shapes
  return `# HTTP API

JSON in camelCase over HTTP/1.1. A running server tells the same at \`/docs\` (to read and to try) and at \`/openapi.json\` (OpenAPI 3.1).

- Every failure is \`{ "error": { "code", "message", "details"? } }\`; the codes are in [errors.md](errors.md). Any route may answer
  ${commonErrors.map((code) => `\`${code}\``).join(', ')}.
- Unknown fields are refused by name, never ignored. \`null\` means that a field was left out. Query parameters are refused: none is known.
- Ids in a path are percent-encoded, slashes included: \`a/b\` is \`/v1/items/a%2Fb\`.
- A body may have ${number(limits.bodyBytes)} bytes; of an NDJSON body, each line may. Bodies come uncompressed.
- Every answer carries \`x-request-id\`: yours, if you sent one, else a new one.
- There are no API keys yet. The scope of a route says which key it will want; today whoever reaches the address may do everything.

| route | scope | |
|---|---|---|
${api.map((route) => `| [\`${titleOf(route)}\`](#${anchorOf(titleOf(route))}) | ${route.scope} | ${route.summary} |`).join('\n')}

${api.map((route) => section(route, document)).join('\n')}
## Shapes

${shapeSections(shapes)}`
}

function section(route: Route, document: OpenApiDocument): string {
  const operation = document.paths[route.path.replaceAll(/:(\w+)/g, '{$1}')]?.[route.method.toLowerCase()] as unknown as Operation
  const body = operation.requestBody?.content[route.body?.type ?? '']?.schema
  const answer = operation.responses['200']?.content[route.answer.type]?.schema
  return [
    `## ${titleOf(route)}`,
    `${route.summary}. ${route.description ?? ''}`.replace(/([?!.])\. /, '$1 ').trim(),
    ...(route.body === undefined ? [] : bodyPart(route.body, body ?? {}, document.components.schemas as Shapes)),
    `**Answer** 200, \`${route.answer.type}\`: ${route.answer.description}`,
    route.answer.type === 'application/json' ? fieldTable(answer ?? {}, document.components.schemas as Shapes) : '',
    route.errors.length > 0 ? `**Failures**: ${route.errors.map((code) => `\`${code}\``).join(', ')}.` : '',
  ]
    .filter((part) => part !== '')
    .map((part) => `${part}\n`)
    .join('\n')
}

function bodyPart({ type, example }: NonNullable<Route['body']>, schema: Schema, shapes: Shapes): string[] {
  const isLines = type === 'application/x-ndjson'
  return [
    `**Body** \`${type}\`${isLines ? ', each line:' : ':'}`,
    fieldTable(schema, shapes),
    `\`\`\`json\n${JSON.stringify(example, undefined, isLines ? undefined : 2)}\n\`\`\``,
  ]
}

function shapeSections(shapes: Shapes): string {
  return Object.entries(shapes)
    .map(([name, schema]) => `### ${name}\n\n${fieldTable(schema)}\n`)
    .join('\n')
}

const titleOf = ({ method, path }: Route): string => `${method} ${path}`
const number = (value: number): string => value.toLocaleString('en')

/** As GitHub makes them of headings. */
const anchorOf = (heading: string): string =>
  heading
    .toLowerCase()
    .replaceAll(/[^\w\- ]/g, '')
    .replaceAll(' ', '-')
