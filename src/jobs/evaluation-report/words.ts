/** How an evaluation is put into words and digits, the same in the terminal and on the page. */
import type { ComparedRow } from '../../evaluation/compare.js'
import type { Evaluation } from '../../evaluation/evaluation.js'

export function dataSentence({ users, items, events, seed }: Evaluation): string {
  return `${count(users)} users, ${count(items)} items, ${count(events)} events, seed ${seed}`
}

export function questionsSentence({ questions: { test }, average }: Evaluation): string {
  return (
    `test: ${count(test.tasks)} questions of ${count(test.users)} users, ${count(test.targets)} targets; ` +
    `${count(test.repeatsLeftOut)} repeated targets left out; models saw ${count(test.trainingEvents)} events; ${averageWords[average]}`
  )
}

export const averageWords = {
  users: "means over users of each user's mean over questions",
  events: 'means over questions: users count by how often they are asked',
} as const

export const methodSentence =
  'The whole catalogue is ranked, without what the user already has. Intervals: 95 %, paired bootstrap over users. p: two-sided, adjusted by Holm for the number of rows.'

export const betterWords = { higher: 'higher is better', lower: 'lower is better', neither: 'neither way is better' } as const

/** What validation chose and by how much it is ahead, in a sentence. */
export function choiceSentence({ chosen, reference, rows, metric }: Evaluation): string {
  const row = rows.find(({ name }) => name === chosen)
  if (row === undefined) return ''
  const { mean, low, high } = row.metrics[metric]
  const result = `Validation chose ${chosen}: ${metric} ${decimals(mean)} on the test (${decimals(low)} to ${decimals(high)})`
  if (reference === undefined || row.difference === undefined) return `${result}.`
  const { difference } = row
  const base = rows.find(({ name }) => name === reference)?.metrics[metric].mean ?? Number.NaN
  return (
    `${result}, ${signed(difference.mean)} beside ${reference}, the best single model on validation ` +
    `(${signed(difference.low)} to ${signed(difference.high)}, ${signed((100 * difference.mean) / base, 1)} %, p ${probability(difference.adjustedP)}).`
  )
}

/** Best on the test first. */
export function byHeadline(rows: readonly ComparedRow[], metric: string): readonly ComparedRow[] {
  return [...rows].sort((a, b) => b.metrics[metric].mean - a.metrics[metric].mean)
}

/** Four decimals, two for large numbers; a dash for what is not known. */
export function decimals(value: number): string {
  if (!Number.isFinite(value)) return '–'
  return value.toFixed(Math.abs(value) < 10 ? 4 : 2)
}

export function signed(value: number, digits = 4): string {
  if (!Number.isFinite(value)) return '–'
  return `${value < 0 ? '−' : '+'}${Math.abs(value).toFixed(digits)}`
}

export function probability(p: number): string {
  return p < 0.001 ? '<0.001' : p.toFixed(3)
}

export function count(value: number): string {
  return value.toLocaleString('en-US')
}
