import { type Bitmap, has } from '../math/bitmap.js'
import type { UserColumn } from './bootstrap.js'
import type { Tasks } from './tasks.js'

/**
 * How tasks become one number. `users`: the mean over a user's tasks, then over users, so that everybody counts once (the headline).
 * `events`: the mean over all tasks, as papers on successive events do; who watches more counts more.
 */
export type Average = 'users' | 'events'

/**
 * Gathers one column of a tasks × columns table per user, ready for the bootstrap. NaN are left out. Only users with a task have a
 * place, in order of their row, so that all columns over the same tasks are aligned.
 *
 * @param only the tasks to count; the others are treated as NaN
 */
export function userColumn(
  tasks: Tasks,
  table: { readonly values: Float64Array; readonly width: number; readonly column: number },
  { average = 'users', only }: { readonly average?: Average; readonly only?: Bitmap } = {},
): UserColumn {
  const users = askedUsers(tasks)
  const sums = new Float64Array(users)
  const weights = new Float64Array(users)
  let user = -1
  for (let task = 0; task < tasks.count; task++) {
    if (task === 0 || tasks.users[task] !== tasks.users[task - 1]) user++
    const value = table.values[task * table.width + table.column]
    if (Number.isNaN(value) || (only !== undefined && !has(only, task))) continue
    sums[user] += value
    weights[user]++
  }
  if (average === 'events') return { sums, weights }
  return {
    sums: sums.map((sum, u) => (weights[u] === 0 ? 0 : sum / weights[u])),
    weights: weights.map((weight) => Math.min(1, weight)),
  }
}

/** How many users have at least one task. */
export function askedUsers(tasks: Tasks): number {
  let users = 0
  for (let task = 0; task < tasks.count; task++) if (task === 0 || tasks.users[task] !== tasks.users[task - 1]) users++
  return users
}
