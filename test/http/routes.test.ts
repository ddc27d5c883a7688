import { afterAll, beforeAll, expect, it } from 'vitest'
import { api } from '../../src/contract/api.js'
import { protocolSona } from './protocol-sona.js'
import { errorOf, type Served, served } from './served.js'

let sona: Served
beforeAll(async () => {
  sona = await served(protocolSona())
})
afterAll(async () => sona.server.close())

const nameOf = ({ method, path }: { method: string; path: string }): string => `${method} ${path}`

it('serves every route of the contract', () => {
  const served = sona.server.routes.map(nameOf)
  for (const route of api) expect(served).toContain(nameOf(route))
})

it('serves nothing that is not in the contract, but HEAD beside GET and the parts of the docs page', () => {
  const contracted = api.map(nameOf)
  const others = sona.server.routes.filter((route) => !contracted.includes(nameOf(route)))
  for (const route of others) {
    const isHead = route.method === 'HEAD' && contracted.includes(nameOf({ ...route, method: 'GET' }))
    expect(isHead || route.path.startsWith('/docs/'), nameOf(route)).toBe(true)
  }
})

it('answers under every path of its own document', async () => {
  const { body } = await sona.send('GET', '/openapi.json')
  const { paths } = body as { paths: Record<string, Record<string, { operationId: string }>> }
  expect(Object.keys(paths).length).toBeGreaterThan(8)
  for (const [path, methods] of Object.entries(paths)) {
    for (const method of Object.keys(methods)) {
      const answer = await sona.send(method.toUpperCase(), path.replace('{id}', 'x'))
      if (answer.status !== 200) expect(errorOf(answer).code).not.toMatch(/^(ROUTE_NOT_FOUND|METHOD_NOT_ALLOWED)$/)
    }
  }
})
