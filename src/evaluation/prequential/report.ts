/** From the gains of every event and row to what is said: means, differences to the base and to the control, slices, convergence. */
import type { Random } from '../../domain/random.js'
import { type Bitmap, create, set } from '../../math/bitmap.js'
import { differenceOf, type Interval, intervalOf, relativeDifferenceOf, resampleMeans, type UserColumn } from '../bootstrap.js'
import type { Tasks } from '../tasks.js'
import { type Average, userColumn } from '../user-columns.js'
import { type PrequentialRow, prequentialRows } from './player.js'

/** What was played. */
export interface Played {
  readonly tasks: Tasks
  /** tasks × rows: NDCG; NaN where a question was played, and not scored. */
  readonly gains: Float64Array
  /** Openness of the user's gate before each task was learned. */
  readonly openness: Float32Array
}

/** A row beside the base: absolute, and as a share of the base. */
export interface Compared {
  readonly mean: Interval
  readonly difference: Interval
  readonly relative: Interval
}

export interface RowReport extends Compared {
  readonly name: PrequentialRow
  /** The same with every question counting the same; `mean` counts every user the same. */
  readonly byEvents: Compared
  /** Beside the shared control instead of the base. */
  readonly toShared: Pick<Compared, 'difference' | 'relative'>
  readonly slices: Readonly<Record<string, Compared>>
}

export interface PlayedSlice {
  readonly name: string
  readonly users: number
  readonly questions: number
}

export interface PrequentialReport {
  readonly metric: string
  readonly questions: number
  readonly askedUsers: number
  readonly rows: readonly RowReport[]
  readonly slices: readonly PlayedSlice[]
  /** By place of the question among its user's after the cut: how much each row is above the base, over questions. */
  readonly convergence: readonly ConvergencePoint[]
  /** Users by how far their adapter is heard at the end: tenths of 0–1, the first with those that are shut. */
  readonly gates: readonly number[]
}

export interface ConvergencePoint {
  readonly from: number
  readonly to: number
  readonly questions: number
  readonly relative: Readonly<Record<PrequentialRow, number>>
}

interface NamedSlice {
  readonly name: string
  readonly members: Bitmap
}

/** The slice that the aim is stated for. */
const LONG = 50

export function prequentialReport(
  played: Played,
  { random, at }: { readonly random: Random; readonly at: number },
): PrequentialReport {
  const { tasks } = played
  const places = placesOf(tasks)
  const slices = slicesOf(played, places)
  const columns: UserColumn[] = []
  const add = (average: Average, only?: Bitmap): number => {
    const first = columns.length
    prequentialRows.forEach((_, column) => {
      const table = { values: played.gains, width: prequentialRows.length, column }
      columns.push(userColumn(tasks, table, { average, ...(only && { only }) }))
    })
    return first
  }
  const overUsers = add('users')
  const overEvents = add('events')
  const bySlice = slices.map(({ members }) => add('users', members))
  const resampled = resampleMeans(columns, { random })
  const compared = (first: number, row: number, reference = 0): Compared => ({
    mean: intervalOf(resampled, first + row),
    difference: plain(differenceOf(resampled, first + row, first + reference)),
    relative: relativeDifferenceOf(resampled, first + row, first + reference),
  })
  const shared = prequentialRows.indexOf('shared')
  const { questions, users } = countOf(played, undefined)
  return {
    metric: `ndcg@${at}`,
    questions,
    askedUsers: users,
    rows: prequentialRows.map((name, row) => {
      const { difference, relative } = compared(overUsers, row, shared)
      return {
        name,
        ...compared(overUsers, row),
        byEvents: compared(overEvents, row),
        toShared: { difference, relative },
        slices: Object.fromEntries(slices.map((slice, at) => [slice.name, compared(bySlice[at], row)])),
      }
    }),
    slices: slices.map(({ name, members }) => ({ name, ...countOf(played, members) })),
    convergence: convergenceOf(played, places),
    gates: gatesOf(played),
  }
}

function plain({ mean, low, high }: Interval): Interval {
  return { mean, low, high }
}

/** The place of each task among its user's, from 0. */
function placesOf({ count, users }: Tasks): Uint32Array {
  const places = new Uint32Array(count)
  for (let task = 1; task < count; task++) places[task] = users[task] === users[task - 1] ? places[task - 1] + 1 : 0
  return places
}

/** By how many questions the user has after the cut, and by how much was known of the user when asked. */
function slicesOf({ tasks }: Played, places: Uint32Array): readonly NamedSlice[] {
  const last = new Uint32Array(tasks.count) // how many questions the user of the task has
  for (let task = tasks.count - 1; task >= 0; task--) {
    const isLast = task === tasks.count - 1 || tasks.users[task + 1] !== tasks.users[task]
    last[task] = isLast ? places[task] + 1 : last[task + 1]
  }
  const history = (task: number): number => tasks.historyEnd[task] - tasks.historyStart[task]
  const slice = (name: string, includes: (task: number) => boolean): NamedSlice => {
    const members = create(tasks.count)
    for (let task = 0; task < tasks.count; task++) if (includes(task)) set(members, task)
    return { name, members }
  }
  return [
    slice(`≥ ${LONG} events after the cut`, (task) => last[task] >= LONG),
    slice('20–49 events after the cut', (task) => last[task] >= 20 && last[task] < LONG),
    slice('< 20 events after the cut', (task) => last[task] < 20),
    slice('from the 20th event on', (task) => places[task] >= 20),
    slice('history < 20 when asked', (task) => history(task) < 20),
    slice('history ≥ 100 when asked', (task) => history(task) >= 100),
  ]
}

function countOf({ tasks, gains }: Played, only: Bitmap | undefined): { readonly questions: number; readonly users: number } {
  const { weights } = userColumn(
    tasks,
    { values: gains, width: prequentialRows.length, column: 0 },
    { average: 'events', ...(only && { only }) },
  )
  return { questions: weights.reduce((sum, weight) => sum + weight, 0), users: weights.filter((weight) => weight > 0).length }
}

/** Bounds of the places: 1–4, 5–9, … */
const STEPS = [0, 5, 10, 20, 35, 50, 75, 100, 150, 200, Number.POSITIVE_INFINITY]

function convergenceOf({ tasks, gains }: Played, places: Uint32Array): readonly ConvergencePoint[] {
  const width = prequentialRows.length
  const sums = STEPS.map(() => new Float64Array(width))
  const counts = STEPS.map(() => 0)
  const most = STEPS.map(() => 0)
  for (let task = 0; task < tasks.count; task++) {
    if (Number.isNaN(gains[task * width])) continue
    const step = STEPS.findIndex((_, at) => places[task] < STEPS[at + 1])
    counts[step]++
    most[step] = Math.max(most[step], places[task] + 1)
    for (let row = 0; row < width; row++) sums[step][row] += gains[task * width + row]
  }
  return STEPS.flatMap((from, step): ConvergencePoint[] => {
    if (counts[step] === 0) return []
    const relative = prequentialRows.map((name, row) => [name, sums[step][row] / sums[step][0] - 1])
    const to = Math.min(STEPS[step + 1], most[step])
    return [
      { from: from + 1, to, questions: counts[step], relative: Object.fromEntries(relative) as ConvergencePoint['relative'] },
    ]
  })
}

function gatesOf({ tasks, openness }: Played): readonly number[] {
  const tenths = new Array<number>(11).fill(0)
  for (let task = 0; task < tasks.count; task++) {
    if (task + 1 < tasks.count && tasks.users[task + 1] === tasks.users[task]) continue
    tenths[openness[task] === 0 ? 0 : 1 + Math.min(9, Math.floor(10 * openness[task]))]++
  }
  return tenths
}
