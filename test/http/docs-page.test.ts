import { execFile } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { api } from '../../src/contract/api.js'
import { protocolSona } from './protocol-sona.js'
import { type Served, served } from './served.js'

let sona: Served
beforeAll(async () => {
  sona = await served(protocolSona())
})
afterAll(async () => sona.server.close())

it('has everything on it coming from the server itself', async () => {
  const page = await fetch(`${sona.url}/docs`)
  const parts = [...(await page.text()).matchAll(/(?:src|href)="([^"]+)"/g)].map(([, address = '']) => address)
  expect(parts.length).toBeGreaterThan(4)
  for (const part of parts) {
    expect(part).toMatch(/^\//)
    const response = await fetch(sona.url + part)
    expect(response.status, part).toBe(200)
    await response.arrayBuffer()
  }
  const policy = page.headers.get('content-security-policy')
  expect(policy).toContain("default-src 'self'")
  expect(policy).not.toMatch(/https?:|upgrade-insecure/)
})

it('shows every route in a browser, which keeps to that policy', async (context) => {
  const browser = await installedBrowser()
  if (browser === undefined) return context.skip('no chromium is installed: apt-get install chromium')
  const profile = await mkdtemp(join(tmpdir(), 'sona-docs-'))
  const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run']
  const wait = '--virtual-time-budget=20000'
  const { stdout } = await promisify(execFile)(
    browser,
    [...flags, wait, `--user-data-dir=${profile}`, '--dump-dom', `${sona.url}/docs`],
    {
      maxBuffer: 64 * 1024 * 1024,
    },
  )
  await rm(profile, { recursive: true, force: true })
  for (const { name, summary } of api) {
    expect(stdout, name).toMatch(new RegExp(`id="operations-\\w+-${name}"`))
    expect(stdout).toContain(summary.replaceAll('&', '&amp;'))
  }
})

it('sends an NDJSON body that it laid out over several lines as one line, and lines as they are', async () => {
  const script = await (await fetch(`${sona.url}/docs/static/swagger-initializer.js`)).text()
  const source = /"requestInterceptor":(function asLines[\s\S]*?\n\})/.exec(script)?.[1]
  const asLines = new Function(`return ${source}`)() as (request: object) => { body: string }
  const sent = (body: string, type = 'application/x-ndjson') => asLines({ headers: { 'Content-Type': type }, body }).body
  expect(sent('{\n  "itemId": "x"\n}')).toBe('{"itemId":"x"}')
  expect(sent('{"itemId":"x"}\n{"itemId":"y"}\n')).toBe('{"itemId":"x"}\n{"itemId":"y"}\n')
  expect(sent('{\n}', 'application/json')).toBe('{\n}')
})

async function installedBrowser(): Promise<string | undefined> {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    const found = await promisify(execFile)('which', [name]).catch(() => undefined)
    if (found !== undefined) return found.stdout.trim()
  }
  return undefined
}
