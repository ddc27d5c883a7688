/**
 * How fast simulated audiences and catalogues are made, on one thread:  npx tsx bench/simulation.ts
 *
 * CPU time rather than wall time, which a busy machine does not lengthen much; the median of five runs after one to warm up.
 */
import type { Item } from '../src/domain/item.js'
import { createRandom } from '../src/domain/random.js'
import { readVegaFilms } from '../src/formats/vega.js'
import { simulateAudience } from '../src/simulation/audience.js'
import { simulateCatalogue } from '../src/simulation/catalogue.js'

const until = Date.UTC(2026, 0, 1)
const RUNS = 5
const USERS = 2_000

interface Measured {
  readonly made: number
  readonly cpuMs: number
}

function measured(make: () => number): Measured {
  const before = process.cpuUsage()
  const made = make()
  const { user, system } = process.cpuUsage(before)
  return { made, cpuMs: (user + system) / 1_000 }
}

function medianRate(make: (run: number) => number): string {
  make(0)
  const rates = Array.from({ length: RUNS }, (_, run) => measured(() => make(run + 1)))
    .map(({ made, cpuMs }) => (1_000 * made) / cpuMs)
    .sort((a, b) => a - b)
  return Math.round(rates[RUNS >>> 1]).toLocaleString('en')
}

function countEvents(users: Iterable<{ readonly events: readonly unknown[] }>): number {
  let events = 0
  for (const user of users) events += user.events.length
  return events
}

function report(name: string, items: readonly Item[]): void {
  let users: ReturnType<typeof simulateAudience> = []
  const prepared = measured(() => {
    users = simulateAudience(items, { until, users: USERS }, createRandom(1))
    return items.length
  })
  const rate = medianRate(() => countEvents(users))
  console.log(`${name.padEnd(28)} prepared in ${Math.round(prepared.cpuMs)} ms CPU, ${rate} events per CPU second`)
}

const sizes = [10_000, 100_000]
report('3,200 films of vega-datasets', await readVegaFilms())
for (const size of sizes) {
  report(`${size.toLocaleString('en')} simulated items`, [...simulateCatalogue(size, { releasedUntil: until }, createRandom(1))])
}
const rate = medianRate((run) => {
  let items = 0
  for (const _ of simulateCatalogue(20_000, { releasedUntil: until }, createRandom(run))) items++
  return items
})
console.log(`simulateCatalogue: ${rate} items per CPU second`)
