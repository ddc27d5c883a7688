/**
 * Whether the candidates that the learned ranker looks at are deep enough: its list for a user beside the list of the same ranker over
 * every admissible item.
 *
 *   tsx bench/candidate-pool.ts --home <dir> | --database <url>  [--users 500]
 *
 * The store must hold a trained catalogue. Each user is asked about without their last event, which is the target. The models have
 * learned from it, so that the NDCG is no measure of quality: what counts is the share of it that the pool keeps.
 */
import { parseArgs } from 'node:util'
import { itemIndex } from '../src/domain/ids.js'
import type { Query } from '../src/domain/query.js'
import { noTraits } from '../src/domain/user.js'
import { openGeneration } from '../src/engine/generation.js'
import { loadGeneration } from '../src/engine/load-generation.js'
import { corpusFromStore } from '../src/jobs/corpus.js'
import { has } from '../src/math/bitmap.js'
import { defaultPlan } from '../src/pipeline/default-plan.js'
import { createPlan } from '../src/pipeline/plan.js'
import { gather } from '../src/pipeline/recommend.js'
import { inTurns } from '../src/ranking/blend.js'
import { candidateFeatures } from '../src/ranking/candidate-features.js'
import { CUT } from '../src/ranking/learned-order.js'
import { openStore } from '../src/storage/open.js'
import { createWorld, unlimited } from '../src/world/visit.js'

const { values } = parseArgs({
  options: { home: { type: 'string' }, database: { type: 'string' }, users: { type: 'string', default: '500' } },
})
const AT = 10

const store = await openStore(values.database === undefined ? { home: values.home ?? '.sona' } : { databaseUrl: values.database })
const { dataset } = await corpusFromStore(store, Date.now())
const { generation } = await loadGeneration(store, { threads: 1, memoryBudgetBytes: 2 ** 31 })
await store.close()
const { kernels, snapshot } = openGeneration(generation, 0)
const model = snapshot().rankings.get('ranker')
if (model === undefined || model.kind === 'weights') throw new Error('no ranker was learned here: train on more events')
const plan = createPlan(defaultPlan)
const query: Query = { count: AT, context: {}, kinds: [], exclude: [], reasons: false }

const ndcg = { pool: 0, all: 0 }
let shared = 0
let held = 0
const users = Math.min(Number(values.users), dataset.userCount)
for (let at = 0; at < users; at++) {
  const mark = kernels.arena.mark()
  const { target, world } = questionOf((at * 1_009) % dataset.userCount)
  const { pools } = gather(query, plan, world)
  const pool = inTurns(defaultPlan.weights, pools, world).subarray(0, CUT)
  const all = Uint32Array.from({ length: snapshot().catalogue.count }, (_, row) => row).filter((row) =>
    has(world.visit.admissible, row),
  )
  const lists = { pool: best(pool), all: best(all) }
  for (const which of ['pool', 'all'] as const) {
    const place = lists[which].indexOf(target)
    if (place >= 0) ndcg[which] += 1 / Math.log2(place + 2) / users
  }
  shared += lists.pool.filter((row) => lists.all.includes(row)).length / AT / users
  if (pool.includes(target)) held += 1 / users
  kernels.arena.release(mark)

  function best(rows: Uint32Array): number[] {
    const { values } = candidateFeatures(model!.sources, pools, world, rows)
    const scores = new Float32Array(rows.length)
    model!.score(values, scores)
    return [...rows.keys()]
      .sort((a, b) => scores[b]! - scores[a]! || rows[a]! - rows[b]!)
      .slice(0, AT)
      .map((k) => rows[k]!)
  }
}
console.table({
  users,
  'ndcg@10 over the pool': ndcg.pool.toFixed(4),
  'ndcg@10 over all items': ndcg.all.toFixed(4),
  'share kept': (ndcg.pool / ndcg.all).toFixed(4),
  'titles in common': shared.toFixed(4),
  'targets in the pool': held.toFixed(4),
})

/** Everything but the last event of somebody, as of that event. */
function questionOf(user: number) {
  const { start, items, engagement, days } = dataset
  const [from, end] = [start[user]!, start[user + 1]! - 1]
  const { arena } = kernels
  const history = { items: arena.u32(end - from), engagement: arena.f32(end - from), ageDays: arena.f32(end - from) }
  history.items.set(items.subarray(from, end))
  history.engagement.set(engagement.subarray(from, end))
  for (let entry = from; entry < end; entry++) history.ageDays[entry - from] = days[end]! - days[entry]!
  const seen = Uint32Array.from(new Set(history.items))
  const visitor = { now: days[end]! * 86_400_000, traits: noTraits, history, seen }
  return { target: itemIndex(items[end]!), world: createWorld(query, snapshot(), visitor, unlimited, kernels) }
}
