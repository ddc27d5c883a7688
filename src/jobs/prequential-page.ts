/** What `sona evaluate --prequential` leaves behind: tables, and figures drawn in the reader's browser. */
import type { Compared } from '../evaluation/prequential/report.js'
import { count, decimals, signed } from './evaluation-report/words.js'
import type { Prequential } from './prequential.js'
import { prequentialJson } from './prequential-report.js'
import { chartLibraries, escaped, figure, page } from './report-page.js'

/** The page as one string of HTML; nothing is fetched when it is opened. */
export async function prequentialHtml(played: Prequential): Promise<string> {
  return prequentialPage(played, await chartLibraries())
}

function prequentialPage(played: Prequential, libraries: readonly string[]): string {
  const { data, users, items, events, seed, report, note, ranker, tier, command } = played
  const { metric, rows, slices } = report
  const title = `${data}, prequential`
  return page({
    title: `Evaluation of ${title}`,
    heading: title,
    body: [
      `<p class="facts">${escaped(`${count(users)} users, ${count(items)} items, ${count(events)} events, seed ${seed}`)}<br>`,
      `${escaped(`${count(report.questions)} events of ${count(report.askedUsers)} users played in order of time: predicted, scored, learned`)}</p>`,
      `<p class="note">${escaped(note)}</p>`,
      figure('intervals', `${metric} above the base, in per cent of it, with 95 % intervals`, 'Every user counts the same.'),
      '<div class="pair">',
      figure(
        'convergence',
        `${metric} above the base, by place of the event`,
        'The place among its user’s events after the cut.',
      ),
      figure('gates', 'Users by how far their adapter is heard at the end', 'Shut: the base serves.'),
      '</div>',
      `<h2>${escaped(metric)}</h2>`,
      table(
        ['', 'mean', 'to base %', 'every event the same %', 'to shared %'],
        rows.map(({ name, mean, relative, byEvents, toShared }, row) => [
          name,
          `${decimals(mean.mean)}<small>${decimals(mean.low)} … ${decimals(mean.high)}</small>`,
          row === 0 ? '' : percent(relative),
          row === 0 ? '' : percent(byEvents.relative),
          row < 2 ? '' : percent(toShared.relative),
        ]),
      ),
      `<h2>${escaped(metric)} above the base by slice, in per cent</h2>`,
      table(
        ['', ...slices.map(({ name }) => name)],
        [
          ['events', ...slices.map(({ questions }) => count(questions))],
          ['users', ...slices.map((slice) => count(slice.users))],
          ...rows.slice(1).map((row) => [row.name, ...slices.map(({ name }) => percent(row.slices[name].relative))]),
        ],
      ),
      `<p class="facts">${escaped(`Ranker: ${ranker}. Shared tier: ${tier}.`)} Intervals: 95 %, paired bootstrap over users.</p>`,
      '<h2>Make these numbers again</h2>',
      `<pre>${escaped(command)}</pre>`,
    ].join('\n'),
    charts: { libraries, data: { name: 'played', value: prequentialJson(played) }, script: plots },
  })
}

/** @param rows cells are HTML */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const body = rows.map(
    ([name, ...cells]) => `<tr><th scope="row">${name}</th>${cells.map((text) => `<td>${text}</td>`).join('')}</tr>`,
  )
  return `<div class="scroll"><table class="numbers"><thead><tr>${head.map((name) => `<th>${escaped(name)}</th>`).join('')}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`
}

function percent({ mean, low, high }: Compared['relative']): string {
  return `${signed(100 * mean, 2)}<small>${signed(100 * low, 2)} … ${signed(100 * high, 2)}</small>`
}

/** Plain JavaScript that finds `played`, `d3` and `Plot` in its scope. */
const plots = `
const style = { background: 'transparent', fontSize: '12px', fontFamily: 'inherit' }
const rows = played.rows.slice(1)
const names = rows.map((row) => row.name)
const color = { domain: names, range: ['#8b939c', '#e07b39', 'var(--accent)', '#b07cc6'] }
const steps = played.convergence.flatMap((point) => names.map((name) => ({ name, place: point.from, gain: point.relative[name], events: point.questions })))
const gates = played.gates.map((users, step) => ({ gate: step === 0 ? 'shut' : '≤ ' + (step / 10).toFixed(1), users }))
const figures = {
  intervals: (width) => Plot.plot({
    width, style, marginLeft: 140, marginRight: 60, marginBottom: 44, height: 30 * rows.length + 60, color,
    x: { label: 'per cent', labelOffset: 40, percent: true, grid: true, nice: true }, y: { label: null, domain: names, tickSize: 0 },
    marks: [
      Plot.ruleX([0]),
      Plot.ruleY(rows, { y: 'name', x1: (row) => row.relative.low, x2: (row) => row.relative.high, stroke: 'name', strokeWidth: 3, strokeLinecap: 'round', strokeOpacity: 0.45 }),
      Plot.dot(rows, { y: 'name', x: (row) => row.relative.mean, fill: 'name', r: 4.5 }),
      Plot.text(rows, { y: 'name', x: (row) => row.relative.high, text: (row) => d3.format('+.2%')(row.relative.mean), dx: 8, textAnchor: 'start' }),
    ],
  }),
  convergence: (width) => Plot.plot({
    width, style, height: 300, marginLeft: 48, marginBottom: 44, color: { ...color, legend: true },
    x: { type: 'log', base: 10, label: 'from the event', labelOffset: 40, tickFormat: 'd' }, y: { label: 'per cent', percent: true, grid: true, nice: true },
    marks: [Plot.ruleY([0]), Plot.line(steps, { x: 'place', y: 'gain', stroke: 'name', strokeWidth: 2 }), Plot.dot(steps, { x: 'place', y: 'gain', fill: 'name', r: 3, tip: true })],
  }),
  gates: (width) => Plot.plot({
    width, style, height: 300, marginLeft: 48,
    x: { label: null, domain: gates.map((step) => step.gate) }, y: { label: 'users', grid: true },
    marks: [Plot.ruleY([0]), Plot.barY(gates, { x: 'gate', y: 'users', fill: 'var(--accent)', tip: true })],
  }),
}
function draw() {
  for (const [id, plot] of Object.entries(figures)) {
    const place = document.querySelector('#' + id + ' > div')
    place.replaceChildren(plot(place.clientWidth))
  }
}
draw()
addEventListener('resize', draw)
`
