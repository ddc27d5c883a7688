/** What `sona evaluate --prequential` says: a table for the terminal and one JSON document. */
import type { Interval } from '../evaluation/bootstrap.js'
import type { Compared, PrequentialReport, RowReport } from '../evaluation/prequential/report.js'
import { aligned } from './evaluation-report/aligned.js'
import { count, decimals, signed } from './evaluation-report/words.js'
import type { Prequential } from './prequential.js'

/** What `sona evaluate --prequential --json` prints. Scripts rely on this shape: nothing is renamed or removed. */
export function prequentialJson({ report, played: _, ...about }: Prequential): object {
  return { ...about, ...jsonReport(report) }
}

function jsonReport({ metric, rows, ...rest }: PrequentialReport): object {
  return {
    ...rest,
    rows: rows.map(({ name, mean, difference, relative, byEvents, toShared, slices }) => ({
      name,
      metrics: { [metric]: mean },
      difference,
      relative,
      byEvents,
      toShared,
      slices,
    })),
  }
}

export function prequentialTable({ data, users, items, events, seed, note, ranker, tier, report }: Prequential): string {
  const { metric, rows, slices, convergence, gates } = report
  return [
    `${data}, prequential: ${count(users)} users, ${count(items)} items, ${count(events)} events, seed ${seed}`,
    `${count(report.questions)} events of ${count(report.askedUsers)} users played in order of time: predicted, scored, learned`,
    '',
    `${metric}: every user counts the same`,
    aligned([HEAD, ...rows.map((row) => [...line(row.name, row), ...toShared(row)])]),
    '',
    `${metric}: every event counts the same`,
    aligned([HEAD.slice(0, -2), ...rows.map(({ name, byEvents }) => line(name, byEvents))]),
    '',
    `${metric} above the base, in per cent of it, by slice`,
    aligned([
      ['', ...slices.map(({ name }) => name)],
      ['events', ...slices.map(({ questions }) => count(questions))],
      ['users', ...slices.map((slice) => count(slice.users))],
      ...rows.slice(1).map((row) => [row.name, ...slices.map(({ name }) => percent(row.slices[name].relative))]),
    ]),
    '',
    `${metric} above the base, in per cent of it, by place of the event among its user's after the cut`,
    aligned([
      ['', ...convergence.map(({ from, to }) => `${from}–${to}`)],
      ['events', ...convergence.map(({ questions }) => count(questions))],
      ...rows.slice(1).map(({ name }) => [name, ...convergence.map(({ relative }) => signed(100 * relative[name], 1))]),
    ]),
    '',
    `Gates at the end, users by openness: shut ${gates[0]}, then by tenths ${gates.slice(1).join(' ')}.`,
    `Ranker: ${ranker}. Shared tier: ${tier}.`,
    '',
    note,
    'Intervals: 95 %, paired bootstrap over users.',
  ].join('\n')
}

const HEAD = ['', 'ndcg', 'to base', '95 %', 'relative %', '95 %', 'to shared %', '95 %']

function line(name: string, { mean, difference, relative }: Compared): string[] {
  if (name === 'base') return [name, decimals(mean.mean), '', '', '', '']
  return [
    name,
    decimals(mean.mean),
    signed(difference.mean),
    `${signed(difference.low)} to ${signed(difference.high)}`,
    signed(100 * relative.mean, 2),
    bounds(relative),
  ]
}

function toShared({ name, toShared: { relative } }: RowReport): string[] {
  return name === 'base' || name === 'shared' ? ['', ''] : [signed(100 * relative.mean, 2), bounds(relative)]
}

function bounds({ low, high }: Interval): string {
  return `${signed(100 * low, 2)} to ${signed(100 * high, 2)}`
}

function percent(relative: Interval): string {
  return Number.isNaN(relative.mean)
    ? '–'
    : `${signed(100 * relative.mean, 1)} (${signed(100 * relative.low, 1)} to ${signed(100 * relative.high, 1)})`
}
