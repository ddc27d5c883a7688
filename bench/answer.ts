/**
 * How long one answer takes to rank, in this thread and without a server: 20 items of the default plan, with and without reasons. By the clock on the
 * wall, and in processor time, which other work on the machine does not stretch as much.
 *
 *   tsx bench/answer.ts --home <dir> | --database <url>  [--users 2000]
 *
 * The store must hold a trained catalogue. Each user is asked about as of their last event; the first 200 answers only warm up.
 */
import { parseArgs } from 'node:util'
import { noTraits } from '../src/domain/user.js'
import { openGeneration } from '../src/engine/generation.js'
import { loadGeneration } from '../src/engine/load-generation.js'
import { rank } from '../src/engine/rank.js'
import type { RankingRequest } from '../src/engine/ranking.js'
import type { Dataset } from '../src/features/dataset.js'
import { corpusFromStore } from '../src/jobs/corpus.js'
import { defaultPlan } from '../src/pipeline/default-plan.js'
import { createPlan } from '../src/pipeline/plan.js'
import { openStore } from '../src/storage/open.js'

const { values } = parseArgs({
  options: { home: { type: 'string' }, database: { type: 'string' }, users: { type: 'string', default: '2000' } },
})
const WARM_UP = 200
const HISTORY = 1_000
const MS_PER_DAY = 86_400_000

const store = await openStore(values.database === undefined ? { home: values.home ?? '.sona' } : { databaseUrl: values.database })
const { dataset } = await corpusFromStore(store, Date.now())
const { generation } = await loadGeneration(store, { threads: 1, memoryBudgetBytes: 2 ** 31 })
await store.close()
const open = openGeneration(generation, 0)
const plan = createPlan(defaultPlan)
const asked = Math.min(Number(values.users), dataset.userCount - WARM_UP)

const rows = [true, false].map((reasons) => {
  const milliseconds: number[] = []
  const processor: number[] = []
  const degraded = new Set<string>()
  for (let at = 0; at < WARM_UP + asked; at++) {
    const question = questionOf(dataset, (at * 1_009) % dataset.userCount, reasons)
    const [started, before] = [performance.now(), process.cpuUsage()]
    const answer = rank(question, plan, open)
    const [took, { user, system }] = [performance.now() - started, process.cpuUsage(before)]
    if (at >= WARM_UP) {
      milliseconds.push(took)
      processor.push((user + system) / 1_000)
    }
    for (const what of answer.degraded) degraded.add(what)
  }
  const sorted = Float64Array.from(milliseconds).sort()
  const quantile = (share: number, of = sorted): number => Number(of[Math.floor(share * (of.length - 1))]!.toFixed(2))
  return {
    reasons,
    answers: sorted.length,
    'p50 ms': quantile(0.5),
    'p90 ms': quantile(0.9),
    'p99 ms': quantile(0.99),
    'processor p50 ms': quantile(0.5, Float64Array.from(processor).sort()),
    degraded: [...degraded].join(' ') || 'nothing',
  }
})
console.table(rows)

function questionOf({ start, items, engagement, days, itemNos }: Dataset, user: number, reasons: boolean): RankingRequest {
  const end = start[user + 1]!
  const from = Math.max(start[user]!, end - HISTORY)
  const own = items.subarray(from, end)
  return {
    query: { count: 20, context: {}, kinds: [], exclude: new Int32Array(0), reasons },
    now: (days[end - 1] ?? 0) * MS_PER_DAY,
    traits: noTraits,
    trail: {
      itemNos: Int32Array.from(own, (item) => itemNos[item]!),
      engagement: engagement.slice(from, end),
      occurredAt: Float64Array.from(days.subarray(from, end), (day) => day * MS_PER_DAY),
    },
    seen: Int32Array.from(items.subarray(start[user], end), (item) => itemNos[item]!),
  }
}
