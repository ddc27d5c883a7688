import { readFileSync } from 'node:fs'
import { newestRuns, type PeerRow, type PeerRun } from '../../bench/peers/result.js'

interface Published {
  readonly data: string
  readonly protocol: string
  readonly name: string
  readonly average?: 'users' | 'events'
  readonly metrics: Readonly<Record<string, number>>
  readonly source: string
}

const published = JSON.parse(readFileSync(new URL('../../bench/peers/published.json', import.meta.url), 'utf8')) as Published[]

/** The tables of docs/benchmarks.md: the newest run of each data set and protocol in bench/results/peers, with what authors published. */
export function peerTables(): string {
  const runs = newestRuns()
  return runs.length === 0 ? 'There is no run yet.' : runs.map(tableOf).join('\n\n')
}

const kinds = { model: 'model', plan: '**plan**', peer: 'peer', baseline: 'chance' } as const

function tableOf(run: PeerRun): string {
  const { label, questions, metric, average, rows, absent, chosen, reference, date, machine, seed, fingerprint, reused } = run
  const at = metric.split('@')[1]
  const isSuccessive = questions.tasks !== questions.users
  const other = average === 'users' ? 'events' : 'users'
  const head = ['row', '', metric, '± 95 %', `to ${reference ?? 'none'}`, 'p', `hit-rate@${at}`, `coverage@${at}`]
  const lines = [...rows]
    .sort((a, b) => (b.metrics[metric]?.mean ?? -1) - (a.metrics[metric]?.mean ?? -1))
    .map((row) => [
      row.name === chosen ? `${row.name} *` : row.name,
      kinds[row.kind],
      ...numbersOf(row, run),
      ...(isSuccessive ? [four(row.otherAverage[metric]?.mean)] : []),
      ...costOf(row),
    ])
  const quoted = published
    .filter(({ data, protocol }) => data === run.data && protocol === run.protocol && label === `${data}-${protocol}`)
    .map(({ name, metrics, average: by = 'users', source }) => [
      name,
      `published, not of this run: ${source}`,
      ...(isSuccessive && by === other
        ? ['', '', '', '', '', '', four(metrics[metric])]
        : quotedNumbers(metrics, metric, at, isSuccessive)),
      ...['', '', '', ''],
    ])
  const header = [...head, ...(isSuccessive ? [`${metric} over ${other}`] : []), 'train s', 'MB', 'lists/s', 'trials']
  return [
    `### ${label}`,
    '',
    `${count(questions.tasks)} questions of ${count(questions.users)} users, split \`${fingerprint}\`, seed ${seed}, ${date}, ${machine}` +
      `${reused ? '; timings of peers are those of an earlier run on this split' : ''}. Means over ${average}.`,
    '',
    row(header),
    row(header.map((_, at) => (at < 2 ? '---' : '---:'))),
    ...[...lines, ...quoted].map(row),
    ...absent.map(({ name, note }) => row([name, `not measured: ${note}`, ...header.slice(2).map(() => '')])),
  ].join('\n')
}

function numbersOf({ name, metrics, difference }: PeerRow, { metric, reference }: PeerRun): string[] {
  const at = metric.split('@')[1]
  const { mean, low, high } = metrics[metric] ?? { mean: null, low: null, high: null }
  return [
    four(mean),
    low === null || high === null ? '' : four((high - low) / 2),
    name === reference || difference?.mean == null ? '' : `${difference.mean < 0 ? '−' : '+'}${four(Math.abs(difference.mean))}`,
    difference === undefined ? '' : difference.adjustedP < 0.001 ? '<0.001' : difference.adjustedP.toFixed(3),
    four(metrics[`hit-rate@${at}`]?.mean),
    four(metrics[`coverage@${at}`]?.mean),
  ]
}

function quotedNumbers(metrics: Published['metrics'], metric: string, at: string, isSuccessive: boolean): string[] {
  return [four(metrics[metric]), '', '', '', four(metrics[`hit-rate@${at}`]), '', ...(isSuccessive ? [''] : [])]
}

function costOf({ trainSeconds, peakMemoryMb, details }: PeerRow): string[] {
  const memory = peakMemoryMb === null ? '' : Math.round(peakMemoryMb).toString()
  return [trainSeconds?.toFixed(1) ?? '', memory, count(details?.listsPerSecond), count(details?.trials)]
}

function row(cells: readonly string[]): string {
  return `| ${cells.join(' | ')} |`
}

function four(value: number | null | undefined): string {
  return value == null ? '' : value.toFixed(4)
}

function count(value: number | undefined): string {
  return value === undefined ? '' : value.toLocaleString('en-US')
}
