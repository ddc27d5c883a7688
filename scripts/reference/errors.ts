import { api } from '../../src/contract/api.js'
import { internalError } from '../../src/contract/errors.js'
import { openApiDocument } from '../../src/contract/openapi.js'
import { commonErrors, type Route } from '../../src/contract/route.js'
import { type ErrorCode, errorTable } from '../../src/domain/errors.js'

/** docs/reference/errors.md from the error table and the routes that list its codes. */
export function errorsPage(): string {
  const codes = (Object.keys(errorTable) as ErrorCode[]).sort()
  return `# Errors

Everything that can be the world's fault has a stable code. Switch on the code; the message is for people and may change.

- Over HTTP a failure is \`{ "error": { "code", "message", "details"? } }\` with the status below. With status 503 comes a
  \`Retry-After\` header in seconds.
- On the command line a failure is \`CODE: message\` on standard error with exit code 1; with \`--json\` also
  \`{"error":{"code","message"}}\` on standard output. A command that was called wrongly exits with 2 and has no code.
- In code a failure is a \`SonaError\` with \`code\`, \`status\`, \`message\`, \`details\` and \`cause\`.

| code | status | meaning, and what to do | routes that list it |
|---|---|---|---|
${codes.map(rowOf).join('\n')}
| \`${internalError.code}\` | ${internalError.status} | A fault of Sona's own: the log has it in full under the request id that \`details\` holds. Please report it. | any |
`
}

function rowOf(code: ErrorCode): string {
  const { status, meaning } = errorTable[code]
  return `| \`${code}\` | ${status} | ${meaning} | ${givenBy(code)} |`
}

function givenBy(code: ErrorCode): string {
  if ((commonErrors as readonly string[]).includes(code)) return 'any'
  const routes = api.filter(({ errors }: Route) => (errors as readonly string[]).includes(code))
  const told = api.filter((route) => !routes.includes(route) && answers.get(route.name)?.includes(`"${code}"`))
  if (routes.length > MOST_ROUTES) return '[many](http.md)'
  return (
    [
      ...routes.map(({ method, path }) => `\`${method} ${path}\``),
      ...told.map(({ method, path }) => `\`${method} ${path}\`, of single rows`),
    ].join('<br>') || '–'
  )
}

const MOST_ROUTES = 3

/** The answers of routes as text, with the shapes they refer to. */
const answers: ReadonlyMap<string, string> = answerTexts()

function answerTexts(): Map<string, string> {
  const { paths, components } = openApiDocument(api, 'any')
  const shapeNamed = (reference: string): string => JSON.stringify(components.schemas[reference.split('/').at(-1) ?? ''])
  const operations = Object.values(paths).flatMap((methods) => Object.values(methods))
  return new Map(
    operations.map((operation) => {
      const { '200': answer } = operation.responses as Record<string, unknown>
      const text = JSON.stringify(answer)
      const references = [...text.matchAll(/"\$ref":"([^"]+)"/g)].map(([, reference = '']) => reference)
      return [String(operation.operationId), [text, ...references.map(shapeNamed)].join()]
    }),
  )
}
