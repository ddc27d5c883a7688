/**
 * What each model costs as the catalogue grows, and which still answer:  npx tsx bench/catalogue-size.ts [items …] [--seconds 40]
 *
 * A million events of 20,000 made-up users at every size: popularity by Zipf's law, four users in five of an event's items from a
 * few groups of their taste, one event in three the next part of a series. Each model is trained in a process of its own, with its
 * defaults, on one thread, and stopped after some seconds. Times are CPU seconds of the process, which a busy machine does not
 * lengthen much; `score` is the median of 200 histories, `some` the same for 200 candidates only.
 */
import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { SonaError } from '../src/domain/errors.js'
import { createRandom } from '../src/domain/random.js'
import { emptyCatalogue } from '../src/features/catalogue.js'
import type { Dataset } from '../src/features/dataset.js'
import { createDatasetBuilder, restrictToActive } from '../src/features/dataset-builder.js'
import { weighHistory } from '../src/features/history.js'
import { createKernels } from '../src/math/kernels.js'
import { createArena } from '../src/math/memory.js'
import { algorithms } from '../src/models/index.js'
import type { Model } from '../src/models/model.js'

const USERS = 20_000
const EVENTS_PER_USER = 50
const GROUP = 200
const SERIES = 10
const ASKED = 200

interface Measured {
  readonly trainSeconds: number
  readonly stopped: boolean
  readonly artifactBytes?: number
  /** Share of the events that are on items which the model can tell of. */
  readonly covers?: number
  readonly scoreMs?: number
  readonly someMs?: number
  readonly peakMb: number
}

/** Items of low number are popular: item = items · random^6, which is about Zipf's law with a long tail. */
function simulated(items: number): Dataset {
  const random = createRandom(`catalogue of ${items}`)
  const builder = createDatasetBuilder(Int32Array.from({ length: items }, (_, item) => item))
  const drawn = () => Math.floor(items * random.next() ** 6)
  for (let user = 0; user < USERS; user++) {
    const groups = Array.from({ length: 4 }, () => Math.floor(drawn() / GROUP))
    let item = drawn()
    for (let event = 0; event < EVENTS_PER_USER; event++) {
      const goesOn = random.next() < 1 / 3 && item % SERIES < SERIES - 1
      const isTaste = random.next() < 0.8
      if (goesOn) item++
      else item = isTaste ? groups[random.below(groups.length)] * GROUP + Math.floor(GROUP * random.next() ** 2) : drawn()
      item = Math.min(items - 1, item)
      builder.add(user, item, 0.55, event + random.next())
    }
  }
  return restrictToActive(builder.build({ asOfDay: EVENTS_PER_USER + 1 }))
}

function measured(name: string, items: number, limitSeconds: number): Measured {
  const data = simulated(items)
  const algorithm = algorithms.get(name)
  if (algorithm === undefined) throw new Error(`There is no model ${name}.`)
  const kernels = createKernels(createArena(2 ** 31))
  const start = process.cpuUsage()
  const seconds = () => {
    const { user, system } = process.cpuUsage(start)
    return (user + system) / 1e6
  }
  const checkpoint = () => {
    if (seconds() > limitSeconds) throw new SonaError('TRAINING_ABORTED', 'It takes too long.')
  }
  const peakMb = () => Math.round(process.resourceUsage().maxRSS / 1024)
  try {
    const model = algorithm.train(data, algorithm.defaults, {
      kernels,
      random: createRandom('bench'),
      catalogue: emptyCatalogue,
      checkpoint,
    })
    const trainSeconds = seconds()
    const artifactBytes = Object.values(model.save().arrays).reduce((sum, { byteLength }) => sum + byteLength, 0)
    return { trainSeconds, stopped: false, artifactBytes, ...asked(model, data, kernels.arena), peakMb: peakMb() }
  } catch (error) {
    if (!(error instanceof SonaError) || error.code !== 'TRAINING_ABORTED') throw error
    return { trainSeconds: seconds(), stopped: true, peakMb: peakMb() }
  }
}

function asked(model: Model, data: Dataset, arena: ReturnType<typeof createArena>) {
  const out = arena.f32(data.itemCount)
  const some = arena.u32(200)
  const someOut = arena.f32(200)
  const times: [number[], number[]] = [[], []]
  const known = new Uint8Array(data.itemCount)
  const random = createRandom('candidates')
  for (let at = 0; at < ASKED; at++) {
    const user = random.below(data.userCount)
    const items = data.items.subarray(data.start[user], data.start[user + 1])
    const engagement = data.engagement.subarray(data.start[user], data.start[user + 1])
    const history = { items, engagement, ageDays: new Float32Array(items.length) }
    const mark = arena.mark()
    const weighted = weighHistory(history, model.recency, { items: arena.u32(items.length), weights: arena.f32(items.length) })
    for (let k = 0; k < some.length; k++) some[k] = random.below(data.itemCount)
    times[0].push(timed(() => model.score(weighted, out)))
    times[1].push(timed(() => model.scoreSome(weighted, some, someOut)))
    arena.release(mark)
    for (let item = 0; item < out.length; item++) if (!Number.isNaN(out[item])) known[item] = 1
  }
  const covered = data.items.reduce((sum, item) => sum + known[item], 0)
  return { covers: covered / data.items.length, scoreMs: median(times[0]), someMs: median(times[1]) }
}

function timed(work: () => void): number {
  const start = performance.now()
  work()
  return performance.now() - start
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[values.length >>> 1]
}

function inProcessOfItsOwn(name: string, items: number, limitSeconds: number): Measured | string {
  const file = fileURLToPath(import.meta.url)
  const { stdout, stderr, status, signal } = spawnSync(
    process.execPath,
    [...process.execArgv, file, '--one', name, String(items), String(limitSeconds)],
    { encoding: 'utf8', timeout: 300_000 },
  )
  if (signal !== null) return 'not trained and asked within five minutes'
  return status === 0
    ? (JSON.parse(stdout) as Measured)
    : (stderr
        .trim()
        .split('\n')
        .find((line) => /Error|error/.test(line)) ?? 'failed')
}

function line(name: string, result: Measured | string): string {
  if (typeof result === 'string') return `  ${name.padEnd(13)} ${result}`
  const { trainSeconds, stopped, artifactBytes = 0, covers = 0, scoreMs = 0, someMs = 0, peakMb } = result
  if (stopped) return `  ${name.padEnd(13)} not trained within ${trainSeconds.toFixed(0)} s (peak ${peakMb} MB)`
  const columns = [
    `${trainSeconds.toFixed(1)} s`.padStart(8),
    `${(artifactBytes / 1e6).toFixed(1)} MB`.padStart(10),
    `${scoreMs.toFixed(2)} ms`.padStart(9),
    `${someMs.toFixed(2)} ms`.padStart(9),
    `${(100 * covers).toFixed(1)} %`.padStart(8),
    `${peakMb} MB`.padStart(8),
  ]
  return `  ${name.padEnd(13)}${columns.join('')}`
}

/** A plan may read what was trained in time, fits a generation of 1 GiB beside others, and knows most of what is watched. */
function isUsable(result: Measured | string): boolean {
  return typeof result !== 'string' && !result.stopped && (result.artifactBytes ?? 0) < 2 ** 29 && (result.covers ?? 0) > 0.9
}

function main(args: readonly string[]): void {
  const flag = args.indexOf('--seconds')
  const limitSeconds = flag < 0 ? 40 : Number(args[flag + 1])
  const sizes = args.filter((arg, at) => /^\d+$/.test(arg) && at !== flag + 1).map(Number)
  for (const items of sizes.length > 0 ? sizes : [10_000, 100_000, 1_000_000]) {
    const data = simulated(items)
    console.log(
      `${items.toLocaleString('en')} items, ${data.itemCount.toLocaleString('en')} of them with events; ${data.items.length.toLocaleString('en')} events`,
    )
    console.log('  model            train  artifact    score     some  covers    peak')
    const results = [...algorithms.keys()].map((name) => {
      const result = inProcessOfItsOwn(name, items, limitSeconds)
      console.log(line(name, result))
      return { name, result }
    })
    const usable = results.filter(({ result }) => isUsable(result)).map(({ name }) => name)
    console.log(`  a plan for this size reads: ${usable.join(', ')}\n`)
  }
}

const [mode, name = '', items, limit] = process.argv.slice(2)
if (mode === '--one') console.log(JSON.stringify(measured(name, Number(items), Number(limit))))
else main(process.argv.slice(2))
