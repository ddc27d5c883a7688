/**
 * What share of the accuracy that retraining would bring is recovered without it: models frozen at 60 % of the events, or trained up to 80 %,
 * both judged on the rest. Events between are learned from by the shared tier and by adapters.
 *
 *   share = (row on frozen models − base on frozen models) / (base on fresh models − base on frozen models)
 *
 *   npx tsx bench/staleness.ts movielens:../shared/data/ml-100k [tmdb:../shared/data/meta-tmdb] [perUser]
 */
import { createRandom } from '../src/domain/random.js'
import { differenceOf, resampleMeans } from '../src/evaluation/bootstrap.js'
import { prequentialRows } from '../src/evaluation/prequential/player.js'
import type { Played } from '../src/evaluation/prequential/report.js'
import { userColumn } from '../src/evaluation/user-columns.js'
import { openMetadata } from '../src/formats/metadata.js'
import { openSource } from '../src/formats/source.js'
import { corpusFromFeed } from '../src/jobs/corpus.js'
import { prequential } from '../src/jobs/prequential.js'
import { defaultPlan } from '../src/pipeline/default-plan.js'

const [source = '', metadata = '', perUser = ''] = process.argv.slice(2)
const now = Date.now()
const collections = metadata.includes(':') ? [await openMetadata(metadata)] : []
const corpus = await corpusFromFeed(await openSource(source, { now }), now, collections)

async function play(stages: Parameters<typeof prequential>[0]['stages'], cap: string): Promise<Played> {
  const { played } = await prequential({
    corpus,
    data: source,
    command: '',
    plan: defaultPlan,
    stages,
    at: 10,
    seed: 1,
    threads: 2,
    ...(cap !== '' && { perUser: Number(cap) }),
  })
  return played
}

const stale = await play({ beforeTeaching: 0.5, beforePlay: 0.6, beforeScore: 0.8 }, perUser)
const fresh = await play({ beforeTeaching: 0.7, beforePlay: 0.8, beforeScore: 0.8 }, '')

/** The fresh base's gains at the tasks of the stale run, by the entry that was right. */
const width = prequentialRows.length
const freshBase = new Map<number, number>()
for (let task = 0; task < fresh.tasks.count; task++) {
  freshBase.set(fresh.tasks.targetEntries[fresh.tasks.targetStart[task]], fresh.gains[task * width])
}
const { tasks } = stale
const table = { values: new Float64Array(tasks.count * (width + 1)), width: width + 1 }
for (let task = 0; task < tasks.count; task++) {
  const row = table.values.subarray(task * table.width, (task + 1) * table.width)
  row.set(stale.gains.subarray(task * width, (task + 1) * width))
  row[width] = freshBase.get(tasks.targetEntries[tasks.targetStart[task]]) ?? Number.NaN
  if (row.some(Number.isNaN)) row.fill(Number.NaN)
}
for (const average of ['users', 'events'] as const) {
  const columns = Array.from({ length: table.width }, (_, column) => userColumn(tasks, { ...table, column }, { average }))
  const resampled = resampleMeans(columns, { random: createRandom('staleness') })
  const gap = differenceOf(resampled, width, 0)
  console.log(`means over ${average}: frozen ${resampled.means[0].toFixed(4)}, retrained ${resampled.means[width].toFixed(4)}`)
  console.log(`  retraining brings ${gap.mean.toFixed(4)} (${gap.low.toFixed(4)} to ${gap.high.toFixed(4)})`)
  for (const [row, name] of prequentialRows.entries()) {
    if (row === 0) continue
    const { mean, low, high } = differenceOf(resampled, row, 0)
    const share = (100 * mean) / gap.mean
    console.log(`  ${name}: ${mean.toFixed(4)} (${low.toFixed(4)} to ${high.toFixed(4)}), ${share.toFixed(0)} % of it`)
  }
}
