import type { ComparedRow } from '../../evaluation/compare.js'
import type { Evaluation } from '../../evaluation/evaluation.js'
import { escaped, figure, page } from '../report-page.js'
import { plots } from './plots.js'
import {
  betterWords,
  byHeadline,
  choiceSentence,
  count,
  dataSentence,
  decimals,
  methodSentence,
  probability,
  questionsSentence,
  signed,
} from './words.js'

/** The whole page. Tables are written here and need no script; `libraries` (D3, then Plot) draw the figures. */
export function evaluationPage(evaluation: Evaluation, libraries: readonly string[]): string {
  const title = `${evaluation.data}, ${evaluation.protocol}`
  const body = `<p class="facts">${escaped(dataSentence(evaluation))}<br>${escaped(questionsSentence(evaluation))}</p>
<p class="choice">${escaped(choiceSentence(evaluation))}</p>
<p class="note">${escaped(evaluation.note)}</p>
${figure('intervals', `${evaluation.metric} on the test, with 95 % intervals`)}
<div class="pair">
${figure('curve', 'Recall by length of the list')}
${figure('cost', `${evaluation.metric} and training time`)}
</div>
${figure('slices', `${evaluation.metric} by slice of the test`, 'Shade: relative to the best row of the slice. Below each slice, its share of the questions or targets and how many users are in it.')}
<h2>All metrics</h2>
<p>${escaped(methodSentence)} Of each cell: the mean, and below it the interval. * chosen by validation; the row it is compared with is ${escaped(evaluation.reference ?? 'none')}.</p>
${resultTable(evaluation)}
<h2>Definitions</h2>
${table(
  ['metric', 'formula', 'range', 'direction', 'source'],
  evaluation.cards.map(({ name, formula, range, better, source }) => [name, formula, range, betterWords[better], source]),
)}
<h2>Slices</h2>
${table(
  ['slice', 'what is in it', 'share', 'users'],
  evaluation.slices.map(({ name, definition, of, share, users }) => [
    name,
    definition,
    `${(100 * share).toFixed(1)} % of ${of}`,
    count(users),
  ]),
)}
<h2>Make these numbers again</h2>
<pre>${escaped(evaluation.command)}</pre>
<p class="facts">${escaped(
    Object.entries(evaluation.versions)
      .map(([name, version]) => `${name} ${version}`)
      .join(', '),
  )}</p>`
  const charts = { libraries, data: { name: 'evaluation', value: evaluation }, script: plots }
  return page({ title: `Evaluation of ${title}`, heading: title, body, charts })
}

function resultTable(evaluation: Evaluation): string {
  const { rows, metric, chosen, reference } = evaluation
  const metrics = Object.keys(rows[0]?.metrics ?? {})
  const head = ['', ...metrics, `to ${reference ?? 'none'}`, 'p', 'train s', 'MB']
  const body = byHeadline(rows, metric).map((row) => {
    const cells = [
      ...metrics.map((name) => cell(row.metrics[name].mean, row.metrics[name].low, row.metrics[name].high, decimals)),
      ...differenceCells(row),
      `<td>${row.trainSeconds.toFixed(1)}</td>`,
      `<td>${row.peakMemoryMb.toFixed(0)}</td>`,
    ]
    const mark = row.name === chosen ? ' class="chosen"' : ''
    return `<tr${mark}><th scope="row">${escaped(row.name)}${row.name === chosen ? ' *' : ''}</th>${cells.join('')}</tr>`
  })
  return `<div class="scroll"><table class="numbers"><thead><tr>${head.map((name) => `<th>${escaped(name)}</th>`).join('')}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`
}

function differenceCells({ difference }: ComparedRow): string[] {
  if (difference === undefined) return ['<td></td>', '<td></td>']
  return [
    cell(difference.mean, difference.low, difference.high, signed),
    `<td>${escaped(probability(difference.adjustedP))}</td>`,
  ]
}

function cell(mean: number, low: number, high: number, written: (value: number) => string): string {
  const interval = Number.isFinite(low) ? `<small>${written(low)} … ${written(high)}</small>` : ''
  return `<td>${written(mean)}${interval}</td>`
}

function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = (tag: string, row: readonly string[]): string =>
    `<tr>${row.map((text) => `<${tag}>${escaped(text)}</${tag}>`).join('')}</tr>`
  return `<div class="scroll"><table><thead>${cells('th', head)}</thead><tbody>${rows.map((row) => cells('td', row)).join('\n')}</tbody></table></div>`
}
