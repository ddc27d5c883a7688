import type { AdapterStats, DueCounts, GainOfGroup } from '../storage/adapter-store.js'
import { escaped, figure, page } from './report-page.js'

/** How the adapters of everybody fare, for people: lines, or a page of its own. */
export interface AdaptersReport extends AdapterStats {
  readonly due: DueCounts
  /** Share of the adapters that are heard: those that predicted their users better than the shared ranking. */
  readonly heard: number | undefined
}

export function adaptersReport(stats: AdapterStats, due: DueCounts): AdaptersReport {
  const open = stats.gates.slice(1).reduce((sum, count) => sum + count, 0)
  return { ...stats, due, heard: stats.adapters === 0 ? undefined : open / stats.adapters }
}

const BAR = 24

export function adaptersReportLines(report: AdaptersReport): readonly string[] {
  const { adapters, versions, bytes, bytesOnDisk, spaces, gates, byLessons, byEvents, due, heard } = report
  const waiting = `${due.due} users are due (${due.claimed} being trained), ${due.gathering} gather events`
  if (adapters === 0 || heard === undefined) return [`No adapter has been trained yet. ${waiting}.`]
  const most = Math.max(...gates)
  return [
    `${adapters} adapters, ${versions} versions, ${(bytes / versions).toFixed(0)} bytes each, ${megabytes(bytesOnDisk)} on disk. ${waiting}.`,
    `Feature spaces: ${spaces.map(({ space, adapters: many }) => `${space} ${many}`).join(', ')}`,
    `Heard: ${(100 * heard).toFixed(1)} % of the adapters; the others’ users get the shared ranking.`,
    '',
    'Gate           adapters',
    ...gates.map((count, step) => `  ${gateWords(step).padEnd(10)} ${bar(count, most)} ${count}`),
    '',
    ...groupLines('Lessons', byLessons),
    '',
    ...groupLines('Events', byEvents),
  ]
}

/** A page that needs nothing else; `libraries` (D3, then Plot) draw the figures. */
export function adaptersReportPage(report: AdaptersReport, libraries: readonly string[]): string {
  const lines = adaptersReportLines(report)
  return page({
    title: 'What the adapters bring',
    body: [
      `<p class="choice">${escaped(lines[0] ?? '')}</p>`,
      `<p>${escaped(lines[2] ?? '')}</p>`,
      figure(
        'convergence',
        'Gain by lessons learned',
        'Log-likelihood of the users’ latest events, each predicted before it was learned from.',
      ),
      figure('gates', 'Adapters by gate', 'Shut: the shared ranking serves.'),
      figure('history', 'Share of adapters that are heard, by events of the user'),
    ].join('\n'),
    charts: { libraries, data: { name: 'report', value: report }, script: plots },
  })
}

function groupLines(what: string, groups: readonly GainOfGroup[]): readonly string[] {
  return [
    `${what.padEnd(14)} adapters   heard   mean gate   mean gain (log-likelihood)`,
    ...groups.map(
      ({ from, adapters, open, meanGate, meanGain }) =>
        `  ${`${from}–${2 * from - 1}`.padEnd(12)} ${String(adapters).padStart(8)} ${`${((100 * open) / adapters).toFixed(0)} %`.padStart(7)} ${meanGate.toFixed(2).padStart(11)} ${meanGain.toFixed(3).padStart(11)}`,
    ),
  ]
}

function gateWords(step: number): string {
  return step === 0 ? 'shut' : `to ${(step / 10).toFixed(1)}`
}

function bar(count: number, most: number): string {
  return '█'.repeat(Math.round((BAR * count) / Math.max(1, most))).padEnd(BAR)
}

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`
}

/** Plain JavaScript that finds `report`, `d3` and `Plot` in its scope. */
const plots = `
const style = { background: 'transparent', fontSize: '12px', fontFamily: 'inherit' }
const steps = report.gates.map((adapters, step) => ({ gate: step === 0 ? 'shut' : '≤ ' + (step / 10).toFixed(1), adapters }))
const groups = (rows) => rows.map((row) => ({ ...row, name: row.from + '–' + (2 * row.from - 1) }))
const figures = {
  convergence: (width) => Plot.plot({
    width, style, height: 280, marginLeft: 56, marginBottom: 44,
    x: { type: 'log', base: 2, label: 'lessons', labelOffset: 40 }, y: { label: 'mean gain, log-likelihood', grid: true, nice: true },
    marks: [Plot.ruleY([0]), Plot.line(report.byLessons, { x: 'from', y: 'meanGain', stroke: 'var(--accent)', strokeWidth: 2 }), Plot.dot(report.byLessons, { x: 'from', y: 'meanGain', r: (row) => Math.sqrt(row.adapters), fill: 'var(--accent)', fillOpacity: 0.6, tip: true })],
  }),
  gates: (width) => Plot.plot({
    width, style, height: 240, marginLeft: 56,
    x: { label: null, domain: steps.map((step) => step.gate) }, y: { label: 'adapters', grid: true },
    marks: [Plot.ruleY([0]), Plot.barY(steps, { x: 'gate', y: 'adapters', fill: 'var(--accent)' })],
  }),
  history: (width) => Plot.plot({
    width, style, height: 240, marginLeft: 56,
    x: { label: 'events of the user', domain: groups(report.byEvents).map((row) => row.name) }, y: { label: 'heard', percent: true, grid: true, domain: [0, 100] },
    marks: [Plot.ruleY([0]), Plot.barY(groups(report.byEvents), { x: 'name', y: (row) => row.open / row.adapters, fill: 'var(--accent)', tip: true })],
  }),
}
for (const [id, draw] of Object.entries(figures)) {
  const place = document.querySelector('#' + id + ' > div')
  place.replaceChildren(draw(place.clientWidth))
}
`
