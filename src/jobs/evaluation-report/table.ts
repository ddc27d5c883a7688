import type { Evaluation } from '../../evaluation/evaluation.js'
import { aligned } from './aligned.js'
import {
  averageWords,
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

/** The table for a terminal, best row on the test first, with what must be known to read it underneath. */
export function evaluationTable(evaluation: Evaluation): string {
  const { metric } = evaluation
  return [
    `${evaluation.data}, ${evaluation.protocol}: ${dataSentence(evaluation)}`,
    questionsSentence(evaluation),
    '',
    aligned(resultLines(evaluation)),
    ...evaluation.absent.map(({ name, note }) => `${name}: not measured: ${note}`),
    '',
    choiceSentence(evaluation),
    ...otherAverageLines(evaluation),
    '',
    `${metric} by slice of the test`,
    aligned(sliceLines(evaluation)),
    '',
    evaluation.note,
    '',
    methodSentence,
    ...evaluation.cards.map(({ name, formula, range, better }) => `  ${name}: ${formula}; ${range}; ${betterWords[better]}`),
  ].join('\n')
}

function resultLines({ rows, metric, chosen, reference, at }: Evaluation): string[][] {
  const sorted = byHeadline(rows, metric)
  const others = Object.keys(sorted[0]?.metrics ?? {}).filter(
    (name) => name !== metric && (name.endsWith(`@${at}`) || name.endsWith(' among new')),
  )
  const head = ['', metric, '±', `to ${reference ?? 'none'}`, 'p', ...others, 'train s', 'MB']
  const lines = sorted.map((row) => {
    const { mean, low, high } = row.metrics[metric]
    return [
      `${row.name}${row.kind === 'peer' ? ' (peer)' : ''}${row.name === chosen ? ' *' : ''}`,
      decimals(mean),
      decimals((high - low) / 2),
      row.difference === undefined ? '' : signed(row.difference.mean),
      row.difference === undefined ? '' : probability(row.difference.adjustedP),
      ...others.map((name) => decimals(row.metrics[name].mean)),
      Number.isNaN(row.trainSeconds) ? '–' : row.trainSeconds.toFixed(1),
      Number.isNaN(row.peakMemoryMb) ? '–' : row.peakMemoryMb.toFixed(0),
    ]
  })
  return [head, ...lines]
}

/** The headline averaged the other way. Nothing where everybody was asked once: it is the same number. */
function otherAverageLines({ rows, metric, average, questions: { test } }: Evaluation): string[] {
  if (test.tasks === test.users) return []
  const other = average === 'users' ? 'events' : 'users'
  const numbers = byHeadline(rows, metric).map(({ name, otherAverage }) => `${name} ${decimals(otherAverage[metric].mean)}`)
  return [`${metric}, ${averageWords[other]}: ${numbers.join(', ')}.`]
}

function sliceLines({ rows, metric, slices }: Evaluation): string[][] {
  const present = slices.filter(({ share }) => share > 0)
  const lines = byHeadline(rows, metric).map((row) => [row.name, ...present.map(({ name }) => decimals(row.slices[name].mean))])
  return [
    ['', ...present.map(({ name }) => name)],
    ['share', ...present.map(({ of, share }) => `${(100 * share).toFixed(1)} % ${of}`)],
    ['users', ...present.map(({ users }) => count(users))],
    ...lines,
  ]
}
