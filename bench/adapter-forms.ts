/**
 * Which form of adapter, which loss and which optimiser earn their keep: each plays the same events of the test period, predict, score, learn.
 *
 *   npm run build && npx tsx bench/adapter-forms.ts --from movielens:<dir> --keep <dir> [--only <words>]
 *
 * What is played is made once, with the default plan, as `sona evaluate --prequential` makes it, and kept in `--keep`. The table shows NDCG@10
 * relative to the base ranker, every event counting the same (every user, in the last column), with 95 %
 * intervals over users.
 */
import { parseArgs } from 'node:util'
import type { SharedTier } from '../src/adapters/tier.js'
import { corpusFrom } from './adapter-forms/corpus.js'
import { fittedSpace } from './adapter-forms/fitted-spaces.js'
import { type FirstOrder, type Form, firstOrder, newton, tasteQuery } from './adapter-forms/forms.js'
import { materialOf } from './adapter-forms/material.js'
import { type Difference, playForm, relativeGain } from './adapter-forms/play.js'
import { identitySpace, learnedSpace, randomSpace, withoutCells, withPriors, withRows } from './adapter-forms/spaces.js'

const { values } = parseArgs({
  options: {
    from: { type: 'string' },
    keep: { type: 'string' },
    only: { type: 'string', default: '' },
    questions: { type: 'string' },
    seed: { type: 'string', default: '1' },
  },
})
if (values.keep === undefined) throw new Error('name a directory with --keep')
const { frame, teaching, played } = await materialOf(
  values.keep,
  () => {
    if (values.from === undefined) throw new Error('nothing is kept there yet: name the data with --from')
    return corpusFrom(values.from)
  },
  { seed: Number(values.seed), threads: 2, ...(values.questions && { questions: Number(values.questions) }) },
)

const tier = learnedSpace(frame, teaching)
const rows: { readonly form: Form; readonly space: SharedTier; readonly most: number | undefined }[] = []
const add = (form: Form, space: SharedTier, most?: number): void => void rows.push({ form, space, most })
const plain = withoutCells(tier)

add(newton('r numbers: logistic regression in learned directions', plain), plain)
add(newton('learned directions + cells', tier), tier)
for (const share of [0.3, 1]) {
  const taste = tasteQuery(tier.space.rank)
  const wide = withRows(tier, taste.width, share)
  add(newton(`full bilinear: taste ⊕ session ⊕ cells, prior × ${share}`, wide, taste.of, { learnsQuery: taste.learn }), wide)
}
for (const seed of [1, 2, 3]) {
  const other = randomSpace(tier, seed)
  add(newton(`random directions (${seed})`, other), other)
}
for (const how of ['alternating', 'ahead'] as const) {
  for (const [name, start] of [['random', randomSpace(tier, 1)] as const, ['learned', tier] as const]) {
    const fitted = fittedSpace(start, teaching, how)
    add(newton(`directions by gradient, ${how}, from ${name} ones`, fitted), fitted)
  }
}
const single = identitySpace(tier, teaching)
add(newton('the identity’s top r', single), single)

for (const most of [8, 16, 64, 200]) add(newton(`candidates learned from: ${most}`, tier), tier, most)
for (const times of [0.1, 0.3, 3, 10, 30]) {
  const other = withPriors(tier, times)
  add(newton(`prior × ${times}`, other), other)
}
for (const rank of [2, 4, 16, 32]) {
  const other = learnedSpace(frame, teaching, { rank })
  add(newton(`rank ${rank}`, other), other)
}
add(newton('labels: refusals and regrets are choices', tier, undefined, { labels: 'taken' }), tier)
add(newton('labels: refusals are left out', tier, undefined, { labels: 'skip-refused' }), tier)

const firstOrders: readonly (readonly [string, Omit<FirstOrder, 'learningRate'>])[] = [
  ['Adam, binary cross-entropy', { loss: 'bce', optimiser: 'adam', negatives: 20, decay: 0.01 }],
  ['Adam, sampled softmax', { loss: 'sampled-softmax', optimiser: 'adam', negatives: 20, decay: 0.01 }],
  ['SGD, sampled softmax', { loss: 'sampled-softmax', optimiser: 'sgd', negatives: 20, decay: 0.01 }],
]
for (const [name, options] of firstOrders) {
  for (const learningRate of [0.001, 0.003, 0.01, 0.03]) {
    add(firstOrder(`${name}, rate ${learningRate}`, tier, { ...options, learningRate }), tier)
  }
}

console.log(
  `${values.keep}: ${teaching.length} lists taught the tier, ${played.length} events played, scale ${tier.scale.toFixed(2)}`,
)
console.log('\n| form | ungated, % | gated, % | gated, users, % |\n|---|--:|--:|--:|')
for (const { form, space, most } of rows.filter(({ form: { name } }) => name.includes(values.only))) {
  const scored = playForm(form, space, { teaching, played }, most)
  const said = [relativeGain(scored, 'ungated'), relativeGain(scored, 'gated'), relativeGain(scored, 'gated', 'users')].map(
    inPercent,
  )
  console.log(`| ${form.name} | ${said.join(' | ')} |`)
}

function inPercent({ mean, low, high }: Difference): string {
  const percent = (value: number): string => `${value < 0 ? '−' : '+'}${Math.abs(100 * value).toFixed(2)}`
  return `${percent(mean)} (${percent(low)} … ${percent(high)})`
}
