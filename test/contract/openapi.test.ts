import { describe, expect, it } from 'vitest'
import { api } from '../../src/contract/api.js'
import { statusOf } from '../../src/contract/errors.js'
import { openApiDocument } from '../../src/contract/openapi.js'
import { parseWith } from '../../src/contract/problems.js'
import { commonErrors } from '../../src/contract/route.js'

type Json = Record<string, unknown>

const document = openApiDocument(api, '1.2.3')
const operations = Object.entries(document.paths).flatMap(([path, methods]) =>
  Object.entries(methods).map(([method, operation]) => ({ path, method, operation: operation as Json })),
)

/** Every object anywhere in a value. */
function objectsIn(value: unknown): Json[] {
  if (typeof value !== 'object' || value === null) return []
  const inner = Object.values(value).flatMap(objectsIn)
  return Array.isArray(value) ? inner : [value as Json, ...inner]
}

describe('the OpenAPI document', () => {
  it('is OpenAPI 3.1, with the version it was given', () => {
    expect(document.openapi).toBe('3.1.0')
    expect(document.info).toMatchObject({ title: 'Sona', version: '1.2.3' })
    expect(JSON.parse(JSON.stringify(document))).toEqual(document)
  })

  it('has each route of the contract, and no other', () => {
    const documented = operations.map(({ path, method }) => `${method.toUpperCase()} ${path}`)
    const contracted = api.map(({ method, path }) => `${method} ${path.replaceAll(/:(\w+)/g, '{$1}')}`)
    expect(documented.sort()).toEqual(contracted.sort())
  })

  it('names each operation once', () => {
    const names = operations.map(({ operation }) => operation.operationId)
    expect(new Set(names).size).toBe(api.length)
  })

  it('refers to nothing that it lacks', () => {
    const references = objectsIn(document).flatMap(({ $ref }) => (typeof $ref === 'string' ? [$ref] : []))
    expect(references.length).toBeGreaterThan(20)
    for (const reference of references) {
      expect(reference).toMatch(/^#\/components\/schemas\/\w+$/)
      expect(Object.keys(document.components.schemas)).toContain(reference.split('/').at(-1))
    }
  })

  it('describes every parameter of every path', () => {
    for (const { path, operation } of operations) {
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
      const described = ((operation.parameters ?? []) as Json[]).filter((one) => one.in === 'path').map(({ name }) => name)
      expect(described).toEqual(inPath)
    }
  })

  it('has for each operation the answer, and each failure by its status', () => {
    for (const route of api) {
      const operation = operations.find(({ operation }) => operation.operationId === route.name)?.operation
      const responses = operation?.responses as Record<string, Json>
      const statuses = [200, ...[...route.errors, ...commonErrors].map(statusOf)]
      expect(Object.keys(responses).map(Number).sort()).toEqual([...new Set(statuses)].sort())
      for (const response of Object.values(responses)) expect(response.description).not.toBe('')
    }
  })

  it('says in each schema what kind of value it is', () => {
    const saying = ['type', '$ref', 'anyOf', 'allOf', 'oneOf', 'enum', 'const']
    // Only two are left open: the whole item in an answer, and the details of an error.
    const open = objectsIn(document.components.schemas).flatMap(({ properties = {}, type }) =>
      type === 'object'
        ? Object.entries(properties as Json).filter(([, property]) => !saying.some((word) => word in (property as Json)))
        : [],
    )
    expect(open.map(([name]) => name).sort()).toEqual(['details', 'item'])
  })

  it('shows examples that its own schemas accept', () => {
    const bodies = api.flatMap(({ body }) => body ?? [])
    expect(bodies.length).toBe(9)
    const answers = api.flatMap(({ answer }) => (answer.example === undefined ? [] : answer))
    expect(answers.length).toBe(30)
    for (const { schema, example } of [...bodies, ...answers]) expect(parseWith(schema, example)).toMatchObject({ ok: true })
  })
})
