/** Appends events one by one and closes the store: `node --import tsx append-some.ts <home> <count>`. */
import { openStore } from '../../src/storage/open.js'
import { event, item } from './bench.js'

const [home, count] = process.argv.slice(2) as [string, string]
const store = await openStore({ home })
await store.items.put([item('film')])
for (let n = 0; n < Number(count); n++) await store.events.append([event(String(n), 'u', 'film')])
await store.close()
