/**
 * Does an event change the very next answer? For each of many users: ask, complete the top title, ask again. The title must be
 * gone and at least one other score must differ.
 *
 *   tsx bench/fresh.ts --home <dir> | --database <url>  [--trials 1000] [--users 6040]
 *
 * It writes events: run it on a copy, or import again afterwards. Exits with 1 when a single trial fails.
 */
import { parseArgs } from 'node:util'
import { post, startServer } from './running-server.js'

interface Answer {
  readonly items: readonly { readonly itemId: string; readonly score: number }[]
  readonly userVersion: number
}

const { values } = parseArgs({
  options: {
    home: { type: 'string' },
    database: { type: 'string' },
    trials: { type: 'string', default: '1000' },
    users: { type: 'string', default: '6040' },
  },
})
const trials = Number(values.trials)
const users = Number(values.users)
const server = await startServer(
  values.database === undefined ? ['--home', values.home ?? '.sona'] : ['--database', values.database],
)

async function trial(userId: string): Promise<{ readonly gone: boolean; readonly changed: boolean; readonly ms: number }> {
  const ask = () => post(server.address, '/v1/recommendations', { userId, count: 20 }) as Promise<Answer>
  const before = await ask()
  const top = before.items[0].itemId
  const started = performance.now()
  await post(server.address, '/v1/events', { userId, itemId: top, kind: 'complete', completion: 1 })
  const after = await ask()
  const ms = performance.now() - started
  const scores = new Map(before.items.map(({ itemId, score }) => [itemId, score]))
  return {
    gone: after.items.every(({ itemId }) => itemId !== top),
    changed: after.items.some(({ itemId, score }) => scores.has(itemId) && scores.get(itemId) !== score),
    ms,
  }
}

try {
  const results = []
  for (let n = 0; n < trials; n++) results.push(await trial(String(1 + ((n * 1_009) % users))))
  const times = results.map(({ ms }) => ms).sort((a, b) => a - b)
  const passed = results.filter(({ gone, changed }) => gone && changed).length
  console.log(`${passed} of ${trials}: the title was gone and another score differed in the very next answer.`)
  console.log(
    `Event and answer together: p50 ${times[Math.floor(trials / 2)].toFixed(1)} ms, p99 ${times[Math.floor(trials * 0.99)].toFixed(1)} ms.`,
  )
  if (passed < trials) process.exitCode = 1
} finally {
  await server.stop()
}
