import type { Query } from '../domain/query.js'
import { type Generation, openGeneration } from '../engine/generation.js'
import { NO_GROUP } from '../evaluation/prequential/gain.js'
import { targetsOf } from '../evaluation/tasks.js'
import type { LabelColumn } from '../features/labels.js'
import { createPlan, learnedName, type PlanSpec } from '../pipeline/plan.js'
import { gather } from '../pipeline/recommend.js'
import { rawItemSide } from '../ranking/adapter-features.js'
import { lookFor } from '../ranking/learned-order.js'
import { soughtFor } from '../ranking/ranker.js'
import { moved, serveThread } from '../threads/serve.js'
import type { Snapshot } from '../world/snapshot.js'
import { halfOf } from './learn-ranker.js'
import { type Asked, likingAt, worldOfTask } from './task-world.js'

/** What a thread that makes sheets is told once. */
export interface SheetsInit {
  readonly generation: Generation
  readonly thread: number
  readonly plan: PlanSpec
  readonly asked: Asked
  /** Whether the ranker learned from these very questions: each is then asked of the one that learned from the other half of the users. */
  readonly crossed: boolean
  /** The item side's features, in order. */
  readonly features: readonly string[]
}

/** One question as adapters meet it: the candidates of the base ranker. n of them, none where there is nothing to rank. */
export interface Sheet {
  readonly task: number
  /** Rows of the catalogue. */
  readonly candidates: Uint32Array
  /** The base ranker's scores. */
  readonly base: Float32Array
  /** n × features, as they are: NaN where something cannot tell. */
  readonly features: Float32Array
  /** See evaluation/prequential/gain.ts. */
  readonly groups: Int32Array
  /** Place of the right title among them; −1 where it is not. */
  readonly target: number
  /** A title that was refused is judged wherever it stood: one that no source proposed is then the last of the candidates. */
  readonly isAdded: boolean
  /** Where it is not, or was added: its rank in the base list, from 0; Infinity where it is not in it either. */
  readonly rankBeyond: number
}

export type SheetsApi = ReturnType<typeof sheetsApi>

function sheetsApi({ generation, thread, plan: spec, asked, crossed, features }: SheetsInit) {
  const { kernels, snapshot } = openGeneration(generation, thread)
  const plans = ([0, 1] as const).map((half) => createPlan(crossed ? taughtBy(1 - half, spec) : spec))
  const { tasks } = asked

  function sheetOf(task: number): Sheet {
    const world = worldOfTask(asked, task, query, snapshot(), kernels)
    const plan = plans[halfOf(tasks.users[task])]
    const { pools } = gather(query, plan, world)
    const look = plan.ranker.look?.(query, pools, world)
    const [wanted] = targetsOf(tasks, task)
    if (look === undefined) return { ...nothing, task }
    const isMissed = look.cut.length > 0 && !look.cut.includes(wanted)
    const missed = isMissed ? lookFor(soughtFor(wanted, likingAt(asked, task)), look, pools, world) : undefined
    const said = missed ?? look
    const place = look.others.indexOf(wanted)
    return {
      task,
      candidates: said.cut,
      base: said.scores,
      features: rawItemSide(features, said.table, world.snapshot.catalogue, said.cut),
      groups: groupsOf(said.cut, world.snapshot),
      target: said.cut.indexOf(wanted),
      isAdded: missed !== undefined,
      rankBeyond: place < 0 ? Number.POSITIVE_INFINITY : look.cut.length + place,
    }
  }

  return {
    sheets(numbers: Uint32Array) {
      const sheets = Array.from(numbers, (task) => {
        const mark = kernels.arena.mark()
        try {
          return sheetOf(task)
        } finally {
          kernels.arena.release(mark)
        }
      })
      return moved(
        sheets,
        sheets.flatMap(({ base, features, groups }) => [base.buffer, features.buffer, groups.buffer] as ArrayBuffer[]),
      )
    },
  }
}

const nothing: Omit<Sheet, 'task'> = {
  candidates: new Uint32Array(0),
  base: new Float32Array(0),
  features: new Float32Array(0),
  groups: new Int32Array(0),
  target: -1,
  isAdded: false,
  rankBeyond: Number.POSITIVE_INFINITY,
}

const query: Query = { count: 10, context: {}, kinds: [], exclude: [], reasons: false }

/** The plan with the ranker that learned from one half of the users only. */
function taughtBy(half: number, plan: PlanSpec): PlanSpec {
  return { ...plan, learnedRanker: `${learnedName(plan)}/${half}` }
}

/** Series and franchises, told apart by their words' numbers: even ones are series. */
function groupsOf(candidates: Uint32Array, { catalogue }: Snapshot): Int32Array {
  const { franchise, seriesId } = catalogue.labels
  const first = (row: number, column: LabelColumn): number | undefined =>
    column.start[row] < column.start[row + 1] ? column.codes[column.start[row]] : undefined
  return Int32Array.from(candidates, (row) => {
    const series = first(row, seriesId)
    const saga = first(row, franchise)
    return series !== undefined ? 2 * series : saga !== undefined ? 2 * saga + 1 : NO_GROUP
  })
}

serveThread(sheetsApi)
