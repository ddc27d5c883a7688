/**
 * How many titles a second an encoder turns into vectors, from the item to the vector, and how long one takes:
 *
 *   npm run build && npx tsx bench/encode-items.ts --encoder <home>/encoders/<version> [--rounds 5] [--data <MovieLens directory>]
 *       [--metadata <TMDB directory>] [--threads 1]
 *
 * Titles with descriptions, genres, cast and the like; then their titles alone. CPU seconds are those of all threads of the process.
 */
import { parseArgs } from 'node:util'
import { openEncoders } from '../src/inference/open-encoders.js'
import { filmItems } from './film-items.js'

const { values: flags } = parseArgs({
  options: {
    encoder: { type: 'string' },
    data: { type: 'string', default: '../shared/data/ml-latest-small' },
    metadata: { type: 'string', default: '../shared/data/meta-tmdb' },
    rounds: { type: 'string', default: '5' },
    threads: { type: 'string', default: '1' },
  },
})
if (flags.encoder === undefined) throw new Error('Name the encoder: --encoder <home>/encoders/<version>.')
const PATIENCE = { deadlineMs: 600_000 }
const AT_ONCE = 128 // as `sona encoders run` asks

const items = await filmItems(flags.data, flags.metadata)
const encoders = await openEncoders(flags.encoder, { threads: Number(flags.threads), rememberedTexts: 1 })
try {
  await encoders.encodeItems(items.slice(0, 2_000), PATIENCE)
  const wholes = await timed(async (from) => void (await encoders.encodeItems(items.slice(from, from + AT_ONCE), PATIENCE)))
  const titles = items.map(({ title }) => title)
  const alone = await timed(async (from) => void (await encoders.encodeTexts(titles.slice(from, from + AT_ONCE), PATIENCE)))
  console.table([
    { what: 'whole items', ...wholes },
    { what: 'titles as texts', ...alone },
  ])
  const single: number[] = []
  for (const item of items.slice(0, 520)) {
    const started = performance.now()
    await encoders.encodeItems([item])
    single.push(performance.now() - started)
  }
  const sorted = Float64Array.from(single.slice(20)).sort()
  console.log(`one item: median ${sorted[250]!.toFixed(1)} ms, p99 ${sorted[495]!.toFixed(1)} ms`)
} finally {
  await encoders.close()
}

/** Two calls are always on their way, so that the thread does not wait for the next one. */
async function timed(encode: (from: number) => Promise<void>) {
  const seconds: number[] = []
  const cpu: number[] = []
  for (let round = 0; round < Number(flags.rounds); round++) {
    const [started, before] = [performance.now(), process.cpuUsage()]
    let next = 0
    const caller = async (): Promise<void> => {
      for (let from = next; from < items.length; from = next) {
        next += AT_ONCE
        await encode(from)
      }
    }
    await Promise.all([caller(), caller()])
    const { user, system } = process.cpuUsage(before)
    seconds.push((performance.now() - started) / 1_000)
    cpu.push((user + system) / 1_000_000)
  }
  const middle = (values: readonly number[]): number => Float64Array.from(values).sort()[values.length >> 1]!
  return {
    count: items.length,
    'a second': Math.round(items.length / middle(seconds)),
    'a CPU second': Math.round(items.length / middle(cpu)),
    'raw seconds': seconds.map((each) => each.toFixed(2)).join(' '),
  }
}
