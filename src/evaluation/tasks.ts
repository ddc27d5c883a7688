/** The questions of an evaluation as columns: who asks, when, knowing what, and what the right answers turned out to be. */
import type { Dataset } from '../features/dataset.js'
import type { History } from '../features/history.js'

/**
 * Tasks stand in order of their user, so the tasks of one user are neighbours. "Entry" is a position in the arrays of the full
 * dataset that was split; histories point into it and are never copied.
 */
export interface Tasks {
  readonly count: number
  /** User row of each task, non-decreasing. */
  readonly users: Uint32Array
  /** When each question is asked, in days since 1970. No entry of its history is later. */
  readonly days: Float64Array
  /** The history of task t is the entries history[historyStart[t]] … history[historyEnd[t] − 1], oldest first. */
  readonly history: Uint32Array
  readonly historyStart: Uint32Array
  readonly historyEnd: Uint32Array
  /** The targets of task t are at targetStart[t] … targetStart[t + 1] − 1 of the two columns below; at least one. Length count + 1. */
  readonly targetStart: Uint32Array
  /** Item rows; no item twice within a task. */
  readonly targets: Uint32Array
  /** The entries in which the targets were consumed. */
  readonly targetEntries: Uint32Array
}

/** Reads one task's history as models and sources expect it. Allocates three arrays of its length. */
export function historyOf(dataset: Dataset, tasks: Tasks, task: number): History {
  const entries = tasks.history.subarray(tasks.historyStart[task], tasks.historyEnd[task])
  const items = new Uint32Array(entries.length)
  const engagement = new Float32Array(entries.length)
  const ageDays = new Float32Array(entries.length)
  for (let i = 0; i < entries.length; i++) {
    items[i] = dataset.items[entries[i]]
    engagement[i] = dataset.engagement[entries[i]]
    ageDays[i] = Math.max(0, tasks.days[task] - dataset.days[entries[i]])
  }
  return { items, engagement, ageDays }
}

/** The item rows that would have been right for one task. A view, not a copy. */
export function targetsOf(tasks: Tasks, task: number): Uint32Array {
  return tasks.targets.subarray(tasks.targetStart[task], tasks.targetStart[task + 1])
}

export interface Question {
  readonly user: number
  readonly day: number
  readonly historyStart: number
  readonly historyEnd: number
  /** Entries, one per target. */
  readonly targetEntries: readonly number[]
}

/** Turns questions, in order of their user, into columns over shared buffers: threads read the same bytes. */
export function createTasks(dataset: Dataset, history: Uint32Array, questions: readonly Question[]): Tasks {
  const targetCount = questions.reduce((sum, question) => sum + question.targetEntries.length, 0)
  const uint32 = (length: number): Uint32Array => new Uint32Array(new SharedArrayBuffer(length * 4))
  const users = uint32(questions.length)
  const days = new Float64Array(new SharedArrayBuffer(questions.length * 8))
  const historyStart = uint32(questions.length)
  const historyEnd = uint32(questions.length)
  const targetStart = uint32(questions.length + 1)
  const targets = uint32(targetCount)
  const targetEntries = uint32(targetCount)
  let at = 0
  for (const [task, question] of questions.entries()) {
    users[task] = question.user
    days[task] = question.day
    historyStart[task] = question.historyStart
    historyEnd[task] = question.historyEnd
    for (const entry of question.targetEntries) {
      targetEntries[at] = entry
      targets[at++] = dataset.items[entry]
    }
    targetStart[task + 1] = at
  }
  return { count: questions.length, users, days, history, historyStart, historyEnd, targetStart, targets, targetEntries }
}
