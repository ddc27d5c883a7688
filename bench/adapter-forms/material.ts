/**
 * What the comparison of adapter forms learns from and plays, made once by the same parts that `sona evaluate --prequential` is made of, and kept
 * in a directory: with the lists at hand, twenty forms are compared in the time that making the lists takes.
 */
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import type { TierFrame, TierList } from '../../src/adapters/fit-tier.js'
import { allCells, querySide } from '../../src/adapters/query-side.js'
import { circumstancesAt } from '../../src/features/entry-details.js'
import type { Corpus } from '../../src/jobs/corpus.js'
import { learnRanker } from '../../src/jobs/learn-ranker.js'
import { tierLists } from '../../src/jobs/learn-tier.js'
import { openSheets } from '../../src/jobs/lesson-sheets.js'
import { inOrderOfTime, prequentialSplit, stagesOf } from '../../src/jobs/prequential-split.js'
import { likingAt } from '../../src/jobs/task-world.js'
import { trainOnFold } from '../../src/jobs/train-fold.js'
import { defaultPlan } from '../../src/pipeline/default-plan.js'
import { normalise } from '../../src/ranking/adapter-features.js'

/** One event of the test period. */
export interface Played {
  readonly user: number
  readonly base: Float32Array
  /** n × d, normalised. */
  readonly features: Float32Array
  readonly groups: Int32Array
  /** −1: it was not among the candidates. */
  readonly target: number
  readonly isAdded: boolean
  readonly rankBeyond: number
  readonly liking: number
  readonly engagement: number
  readonly query: Float32Array
}

export interface Material {
  readonly frame: TierFrame
  /** What the shared tier is fitted to. */
  readonly teaching: readonly TierList[]
  /** In the order of time. */
  readonly played: readonly Played[]
}

const CHUNK = 1_000
const read = <T>(file: string): T => deserialize(readFileSync(file)) as T

/** From the directory where it is there, else made and written there. */
export async function materialOf(
  directory: string,
  corpusOf: () => Promise<Corpus>,
  options: { readonly seed: number; readonly threads: number; readonly questions?: number; readonly plan?: typeof defaultPlan },
): Promise<Material> {
  if (!existsSync(join(directory, 'done'))) await makeMaterial(directory, await corpusOf(), options)
  const { frame, teaching } = read<Pick<Material, 'frame' | 'teaching'>>(join(directory, 'teaching'))
  const played: Played[] = []
  for (let part = 0; existsSync(join(directory, `played-${part}`)); part++)
    played.push(...read<Played[]>(join(directory, `played-${part}`)))
  for (const { features } of played) normalise(frame, features)
  return { frame, teaching, played }
}

async function makeMaterial(
  directory: string,
  corpus: Corpus,
  { plan = defaultPlan, ...options }: { seed: number; threads: number; questions?: number; plan?: typeof defaultPlan },
): Promise<void> {
  mkdirSync(directory, { recursive: true })
  const { dataset, catalogue } = corpus
  const split = prequentialSplit(dataset, stagesOf(0.1), options)
  const onProgress = (stage: string, done: number, total: number): void => {
    process.stderr.write(`${stage} ${done}/${total}      \r`)
  }
  const training = { ...options, corpus, onProgress }
  const lesson = {
    plan,
    catalogue,
    dataset,
    tasks: split.validation.tasks,
    trained: await trainOnFold(split.validation, [plan], training),
  }
  const ranker = await learnRanker(lesson, { ...options, onProgress })
  if (ranker.lists === undefined) throw new Error('no ranker was learned')
  const { frame, lists: teaching } = tierLists(ranker.lists)
  writeFileSync(join(directory, 'teaching'), serialize({ frame, teaching }))
  const trained = await trainOnFold(split.test, [plan], training)
  const { tasks } = split.test
  const sheets = openSheets(
    { plan, catalogue, dataset, tasks, trained, ranker },
    { ...options, crossed: false, features: frame.features },
  )
  const order = inOrderOfTime(tasks)
  for (let from = 0, part = 0; from < order.length; from += CHUNK, part++) {
    const made = await sheets.of(order.subarray(from, from + CHUNK))
    const played = made.map(({ task, base, features, groups, target, isAdded, rankBeyond }): Played => {
      const entry = tasks.targetEntries[tasks.targetStart[task]!]!
      return {
        user: tasks.users[task]!,
        base,
        features,
        groups,
        target,
        isAdded,
        rankBeyond,
        liking: likingAt({ dataset, tasks }, task),
        engagement: dataset.engagement[entry]!,
        query: querySide({ cells: allCells }, circumstancesAt(dataset.details, entry)),
      }
    })
    writeFileSync(join(directory, `played-${part}`), serialize(played))
    onProgress('Playing', from, order.length)
  }
  await sheets.close()
  writeFileSync(join(directory, 'done'), '')
}
