import { type Beginnings, beginningsArtifact, restoreBeginnings } from '../adapters/beginnings.js'
import { restoreTier, tierArtifact } from '../adapters/tier-artifact.js'
import { cutDataset } from '../evaluation/cut-dataset.js'
import { dayQuantiles, entriesBefore, successiveTasks } from '../evaluation/splits.js'
import { createTasks, type Tasks } from '../evaluation/tasks.js'
import type { Dataset } from '../features/dataset.js'
import type { Artifact } from '../models/artifact.js'
import { modelsOf, type PlanSpec } from '../pipeline/plan.js'
import { decodeArtifact, encodeArtifact } from '../storage/artifact-codec.js'
import { LEAST_LISTS, type LearnedRanker, learnRanker } from './learn-ranker.js'
import type { TrainedModel, TrainingData, TrainOptions } from './train.js'
import { noParts, type TrainingParts } from './training-parts.js'

/** Share of the events, the newest, that a ranker learns from. */
const LATEST = 0.1

export interface FromLatest {
  readonly ranker: KeptRanker
  /** The models it learned with, which knew nothing of the latest events: where the final ones may begin. */
  readonly earlier: ReadonlyMap<string, Artifact>
}

/**
 * Learns the plan's ranker from the latest tenth of the events, with models that were trained on the others: a ranker that learned
 * with models which had seen the answers would trust them too much.
 */
export async function learnFromLatest(
  plan: PlanSpec,
  data: TrainingData,
  train: (data: TrainingData) => Promise<readonly TrainedModel[]>,
  options: TrainOptions,
): Promise<FromLatest> {
  const { dataset, catalogue } = data
  const parts = options.parts ?? noParts
  const { train: past, tasks } = latestFold(dataset)
  const isEnough = tasks.count >= LEAST_LISTS && past.items.length > 0
  const trained = isEnough ? await train({ ...data, dataset: past }) : []
  const earlier = new Map(trained.map(({ model, bytes }) => [model, decodeArtifact(bytes)]))
  const before = await readRanker(parts)
  if (before !== undefined) return { ranker: before, earlier }
  const ranker = await learnRanker(
    {
      plan,
      catalogue,
      dataset,
      tasks: isEnough ? tasks : createTasks(dataset, new Uint32Array(0), []),
      trained,
      ...(data.tier && { tier: data.tier }),
    },
    {
      seed: options.seed ?? 1,
      threads: options.threads ?? 2,
      ...(options.signal && { signal: options.signal }),
      onProgress: (stage, done, total) =>
        options.onProgress?.([{ model: stage.toLowerCase(), done: done / total }], 'The ranker'),
    },
  )
  const kept = { ...ranker, ...(ranker.beginnings && { beginnings: byKey(ranker.beginnings, data.userKeys) }) }
  await writeRanker(parts, kept)
  return { ranker: kept, earlier }
}

/** Under the numbers that users have in the store: places in a dataset mean nothing after it. */
function byKey(beginnings: Beginnings, userKeys: Float64Array | undefined): Beginnings {
  return new Map([...beginnings].map(([user, adapter]) => [userKeys?.[user] ?? user, adapter]))
}

/** Its beginnings are by user key. */
type KeptRanker = Pick<LearnedRanker, 'name' | 'bytes' | 'report' | 'tier' | 'beginnings'>

/** Its parts: what it is, what adapters share beside it and where they begin, where it has that, and what is known of it, which comes last. */
const RANKER = { bytes: 'the ranker', tier: 'its tier', beginnings: 'its beginnings', about: 'about the ranker' } as const

async function readRanker(parts: TrainingParts): Promise<KeptRanker | undefined> {
  const [bytes, about] = [await parts.read(RANKER.bytes), await parts.read(RANKER.about)]
  if (bytes === undefined || about === undefined) return undefined
  const [tier, beginnings] = [await parts.read(RANKER.tier), await parts.read(RANKER.beginnings)]
  const known = JSON.parse(new TextDecoder().decode(about)) as Pick<LearnedRanker, 'name' | 'report'>
  return {
    bytes,
    ...known,
    ...(tier && { tier: restoreTier(decodeArtifact(tier)) }),
    ...(beginnings && { beginnings: restoreBeginnings(decodeArtifact(beginnings)) }),
  }
}

async function writeRanker(parts: TrainingParts, { name, bytes, report, tier, beginnings }: KeptRanker): Promise<void> {
  await parts.write(RANKER.bytes, bytes)
  if (tier !== undefined) await parts.write(RANKER.tier, encodeArtifact(tierArtifact(tier)))
  if (beginnings !== undefined) await parts.write(RANKER.beginnings, encodeArtifact(beginningsArtifact(beginnings)))
  await parts.write(RANKER.about, new TextEncoder().encode(JSON.stringify({ name, report })))
}

/** The events before the last tenth, and a question for each event after that. */
function latestFold(dataset: Dataset): { readonly train: Dataset; readonly tasks: Tasks } {
  const [day] = dayQuantiles(dataset, [1 - LATEST])
  return {
    train: cutDataset(dataset, entriesBefore(dataset, day), day),
    tasks: successiveTasks(dataset, (entry) => dataset.days[entry] >= day, 'left-out').tasks,
  }
}

/** The models of a plan, those that take longest first, so that threads end together. */
export function modelsInOrder(plan: PlanSpec): ReturnType<typeof modelsOf> {
  const rank = ({ algorithm }: { readonly algorithm: string }): number => {
    const at = LONGEST.indexOf(algorithm)
    return at < 0 ? LONGEST.length : at
  }
  return [...modelsOf(plan)].sort((a, b) => rank(a) - rank(b))
}

const LONGEST = ['gated-recurrence', 'next-item', 'ease', 'ease-sparse', 'graph-walk', 'als']
