/**
 * What the crash tests kill: appends events one batch after another and prints each event id once it is acknowledged.
 *
 *   node --import tsx append-until-killed.ts home <dir>  |  server <url>      then  <user> <batch>
 */
import { writeSync } from 'node:fs'
import { openStore } from '../../src/storage/open.js'
import { event, item } from './bench.js'

const [kind, place, who, batchText] = process.argv.slice(2) as [string, string, string, string]
const batch = Number(batchText)
const store = await openStore(kind === 'home' ? { home: place } : { databaseUrl: place })
await store.items.put([item('film')])
writeSync(1, 'ready\n')
for (let next = 0; ; next += batch) {
  const ids = Array.from({ length: batch }, (_, n) => String(next + n))
  const { receipts } = await store.events.append(ids.map((id) => event(id, who, 'film')))
  const accepted = ids.filter((_, at) => receipts[at]!.result === 'accepted')
  writeSync(1, accepted.map((id) => `${id}\n`).join('')) // at once: a killed process flushes nothing
}
