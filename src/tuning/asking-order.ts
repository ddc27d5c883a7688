import type { Random } from '../domain/random.js'
import type { Tasks } from '../evaluation/tasks.js'

/** The questions of a search, user by user: asking the first n users is a random sample, and a larger n asks the same and more. */
export interface AskingOrder {
  readonly users: number
  /** Numbers of tasks. */
  readonly tasks: Uint32Array
  /** The questions of the n-th user asked are tasks[start[n]] … tasks[start[n + 1] − 1]; at least one. Length users + 1. */
  readonly start: Uint32Array
}

/** At most `users` users in random order, and at most `perUser` questions of each, drawn without replacement. */
export function askingOrder(
  { count, users }: Tasks,
  limits: { readonly users: number; readonly perUser: number },
  random: Random,
): AskingOrder {
  const own: number[][] = []
  for (let task = 0; task < count; task++) {
    if (task === 0 || users[task] !== users[task - 1]) own.push([])
    own[own.length - 1].push(task)
  }
  const asked = drawn(own, limits.users, random).map((tasks) => drawn(tasks, limits.perUser, random).sort((a, b) => a - b))
  const start = new Uint32Array(new SharedArrayBuffer((asked.length + 1) * 4))
  asked.forEach((tasks, at) => {
    start[at + 1] = start[at] + tasks.length
  })
  const tasks = new Uint32Array(new SharedArrayBuffer(start[asked.length] * 4))
  tasks.set(asked.flat())
  return { users: asked.length, tasks, start }
}

/** The mean over users of each user's mean over questions, of the first `users` users. `values` belong to the order's tasks. */
export function meanOverUsers({ start }: AskingOrder, values: Float64Array, users: number): number {
  let sum = 0
  for (let user = 0; user < users; user++) sum += meanOfUser(start, values, user)
  return sum / users
}

/** One mean for each user, in the order's order. */
export function meansOfUsers({ start, users }: AskingOrder, values: Float64Array): Float64Array {
  return Float64Array.from({ length: users }, (_, user) => meanOfUser(start, values, user))
}

/** Standard error of the mean difference between two columns of users. */
export function errorOfDifference(a: Float64Array, b: Float64Array): number {
  const count = a.length
  if (count < 2) return 0
  let sum = 0
  let squares = 0
  for (let user = 0; user < count; user++) {
    sum += a[user] - b[user]
    squares += (a[user] - b[user]) ** 2
  }
  return Math.sqrt(Math.max(0, squares - sum ** 2 / count) / (count - 1) / count)
}

function meanOfUser(start: Uint32Array, values: Float64Array, user: number): number {
  let sum = 0
  for (let at = start[user]; at < start[user + 1]; at++) sum += values[at]
  return sum / (start[user + 1] - start[user])
}

/** `count` of the entries, or all if there are fewer, in random order. */
function drawn<T>(entries: readonly T[], count: number, random: Random): T[] {
  const left = [...entries]
  const wanted = Math.min(count, left.length)
  for (let at = 0; at < wanted; at++) {
    const pick = at + random.below(left.length - at)
    const taken = left[pick]
    left[pick] = left[at]
    left[at] = taken
  }
  return left.slice(0, wanted)
}
