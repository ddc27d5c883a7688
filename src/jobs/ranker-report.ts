import type { RankerReport } from '../pipeline/learn.js'
import type { RankingKind } from '../world/ranking-model.js'
import { escaped, page } from './report-page.js'

/** What a learned ranker turned out to be, for people: a few lines, or a page of its own. */

const MOST_FEATURES = 40
const BAR = 24

const kinds: readonly RankingKind[] = ['trees', 'linear', 'weights']

const nameOf: Readonly<Record<RankingKind, string>> = {
  trees: 'boosted trees',
  linear: 'a linear model',
  weights: "the plan's weights",
}

/** What was chosen, how the others did, and the features that count most as bars. */
export function rankerLines(report: RankerReport, features = 10): readonly string[] {
  return [choiceSentence(report), ...heldOutLine(report), ...bars(report, features)]
}

function choiceSentence({ kind, because, lists, questions }: RankerReport): string {
  const asked = questions === 0 ? '' : ` (${lists} of ${questions} questions had a right candidate)`
  return `Ranks by ${nameOf[kind]}: ${because}${asked}.`
}

function heldOutLine({ heldOut }: RankerReport): string[] {
  const known = kinds.flatMap((kind) => (heldOut[kind] === undefined ? [] : [`${nameOf[kind]} ${heldOut[kind].toFixed(4)}`]))
  return known.length < 2 ? [] : [`  NDCG@10 of those, learned from the other half of the users: ${known.join(', ')}`]
}

function bars(report: RankerReport, features: number): string[] {
  const shown = shares(report).slice(0, features)
  const width = Math.max(0, ...shown.map(({ feature }) => feature.length))
  return shown.map(
    ({ feature, share, value }) =>
      `  ${feature.padEnd(width)} ${'█'.repeat(Math.max(1, Math.round((BAR * share) / (shown[0]?.share ?? 1)))).padEnd(BAR)} ${valueWords(report, share, value)}`,
  )
}

/** Of trees a feature's share of all gain; of a linear ranker its weight. */
function valueWords({ kind }: RankerReport, share: number, value: number): string {
  return kind === 'linear' ? `${value > 0 ? '+' : '−'}${Math.abs(value).toFixed(3)}` : `${(100 * share).toFixed(1)} %`
}

interface Shown {
  readonly feature: string
  readonly value: number
  /** Of the sum of all, 0–1. */
  readonly share: number
}

function shares({ importance }: RankerReport): readonly Shown[] {
  const total = importance.reduce((sum, { value }) => sum + Math.abs(value), 0)
  return importance.filter(({ value }) => value !== 0).map((each) => ({ ...each, share: Math.abs(each.value) / total }))
}

/** A page that needs nothing else. */
export function rankerPage(report: RankerReport): string {
  const shown = shares(report).slice(0, MOST_FEATURES)
  const most = shown[0]?.share ?? 1
  const what =
    report.kind === 'linear' ? 'Weight of each standardised feature' : 'Share of what the splits on each feature gained'
  const rows = shown.map(
    ({ feature, share, value }) =>
      `<tr><td>${escaped(feature)}</td><td style="width:60%"><div style="height:12px;width:${((100 * share) / most).toFixed(1)}%;background:${value < 0 ? 'var(--plain)' : 'var(--accent)'}"></div></td><td>${valueWords(report, share, value)}</td></tr>`,
  )
  return page({
    title: 'What the ranker learned',
    body: `<p class="choice">${escaped(choiceSentence(report))}</p>
<p>${escaped(heldOutLine(report).join(''))}</p>
<h2>${what}</h2>
<table><tbody>
${rows.join('\n')}
</tbody></table>
<p class="note">Features are described in docs/ranking.md.${report.kind === 'linear' ? ' Grey: a negative weight.' : ''}</p>`,
  })
}
