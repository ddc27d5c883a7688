import { createHash } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'

/** A model hub on loopback that serves one directory, and misbehaves when told to. */
export interface Hub {
  readonly url: string
  /** Every request so far, as `file from-byte`. */
  readonly asked: string[]
  /** How the next answers for a file's content go wrong, the first first; then all is well. */
  readonly faults: Fault[]
  close(): Promise<void>
}

export type Fault =
  | { readonly kind: 'cut'; readonly after: number }
  | { readonly kind: 'silence'; readonly after: number }
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'no-ranges' }
  | { readonly kind: 'wrong' }
  | { readonly kind: 'none' }

const COMMIT = 'c0ffee'.repeat(6).slice(0, 40).padEnd(40, '0')

export async function startHub(directory: string, id: string): Promise<Hub> {
  const names = (await readdir(directory)).sort()
  const files = new Map(await Promise.all(names.map(async (name) => [name, await readFile(join(directory, name))] as const)))
  const asked: string[] = []
  const faults: Fault[] = []
  const server = createServer((request, response) => {
    const address = new URL(request.url ?? '', 'http://hub')
    if (address.pathname === `/api/models/${id}/revision/main`) {
      response.setHeader('content-type', 'application/json')
      return void response.end(JSON.stringify({ sha: COMMIT, siblings: [...files].map(sibling) }))
    }
    const name = address.pathname.replace(`/${id}/resolve/${COMMIT}/`, '')
    const content = files.get(name)
    if (content === undefined) return void response.writeHead(404).end()
    answer(request, response, name, content)
  })

  function answer(request: IncomingMessage, response: ServerResponse, name: string, content: Buffer): void {
    const fault = faults.shift()
    const range = /^bytes=(\d+)-$/.exec(request.headers.range ?? '')
    const from = fault?.kind === 'no-ranges' || range === null ? 0 : Number(range[1])
    asked.push(`${name} ${range === null ? 0 : range[1]}`)
    if (fault?.kind === 'status') return void response.writeHead(fault.status).end()
    const rest = Buffer.from(content.subarray(from))
    if (fault?.kind === 'wrong') rest[0]! ^= 1
    const partial = range !== null && fault?.kind !== 'no-ranges'
    response.writeHead(partial ? 206 : 200, { 'content-length': rest.length })
    if (fault?.kind !== 'cut' && fault?.kind !== 'silence') return void response.end(rest)
    response.write(rest.subarray(0, fault.after), () => {
      if (fault.kind === 'cut') setTimeout(() => response.destroy(), 20)
    })
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    faults,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Large files by SHA-256, small ones as git names them, as hubs do. */
function sibling([rfilename, content]: readonly [string, Buffer]) {
  const size = content.length
  const blobId = createHash('sha1').update(`blob ${size}\0`).update(content).digest('hex')
  if (!rfilename.endsWith('.safetensors')) return { rfilename, size, blobId }
  return { rfilename, size, blobId: 'pointer', lfs: { size, sha256: createHash('sha256').update(content).digest('hex') } }
}
