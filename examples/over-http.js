/**
 * The HTTP API, served from your own process: write items, tell what somebody did, ask what they should see now.
 * A catalogue without any training answers too, newest first; `sona train` makes it better.
 *
 *   npm run build && node examples/over-http.js
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createLog, createServer, createSona, openStore } from 'sona'

const home = await mkdtemp(join(tmpdir(), 'sona-example-'))
const store = await openStore({ home })
const sona = await createSona({ store })
const server = await createServer(sona, { log: createLog({ level: 'warn' }), port: 0 })
const address = await server.listen()
try {
  const items = [
    { itemId: 'alien', kind: 'movie', title: 'Alien', genres: ['Horror', 'Sci-Fi'], releasedAt: '1979-05-25' },
    { itemId: 'arrival', kind: 'movie', title: 'Arrival', genres: ['Drama', 'Sci-Fi'], releasedAt: '2016-11-11' },
    { itemId: 'heat', kind: 'movie', title: 'Heat', genres: ['Crime'], releasedAt: '1995-12-15' },
  ]
  const rows = items.map((item) => `${JSON.stringify(item)}\n`).join('')
  console.log('written:', await send('/v1/items', rows, 'application/x-ndjson'))
  console.log('event:', await send('/v1/events', { userId: 'ann', itemId: 'arrival', kind: 'complete', completion: 1 }))

  const { items: list } = await send('/v1/recommendations', { userId: 'ann', count: 2 })
  for (const { title, reasons } of list) console.log(`${title} — ${reasons[0].text}`)
} finally {
  await server.close()
  await sona.close()
  await store.close()
  await rm(home, { recursive: true })
}

async function send(path, body, type = 'application/json') {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const response = await fetch(address + path, { method: 'POST', headers: { 'content-type': type }, body: text })
  const answer = await response.json()
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${answer.error.message}`)
  return answer
}
