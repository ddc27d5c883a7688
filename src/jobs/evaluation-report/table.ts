import type { Evaluation } from '../../evaluation/evaluation.js'
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

/** The table for a terminal, best row on the test first, with what must be known to read it underneath. */
export function evaluationTable(evaluation: Evaluation): string {
  const { metric } = evaluation
  return [
    `${evaluation.data}, ${evaluation.protocol}: ${dataSentence(evaluation)}`,
    questionsSentence(evaluation),
    '',
    aligned(resultLines(evaluation)),
    '',
    choiceSentence(evaluation),
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

/** Metrics of the terminal's table, in this order, where they were measured; the page has them all. */
const shown = ['hit-rate', 'recall', 'mrr', 'map', 'coverage', 'gini', 'novelty', 'diversity']

function resultLines({ rows, metric, at, chosen, reference }: Evaluation): string[][] {
  const names = shown.map((name) => `${name}@${at}`).filter((name) => rows.some(({ metrics }) => metrics[name] !== undefined))
  const head = ['', metric, '±', `to ${reference ?? 'none'}`, 'p', ...names, 'train s', 'MB']
  const lines = byHeadline(rows, metric).map((row) => {
    const { mean, low, high } = row.metrics[metric]
    return [
      row.name === chosen ? `${row.name} *` : row.name,
      decimals(mean),
      decimals((high - low) / 2),
      row.difference === undefined ? '' : signed(row.difference.mean),
      row.difference === undefined ? '' : probability(row.difference.adjustedP),
      ...names.map((name) => decimals(row.metrics[name]?.mean ?? Number.NaN)),
      row.trainSeconds.toFixed(1),
      row.peakMemoryMb.toFixed(0),
    ]
  })
  return [head, ...lines]
}

function sliceLines({ rows, metric, slices }: Evaluation): string[][] {
  const names = byHeadline(rows, metric)
  const lines = slices
    .filter(({ share }) => share > 0)
    .map(({ name, of, share, users }) => [
      name,
      `${(100 * share).toFixed(1)} % of ${of}`,
      count(users),
      ...names.map((row) => decimals(row.slices[name]?.mean ?? Number.NaN)),
    ])
  return [['', 'share', 'users', ...names.map(({ name }) => name)], ...lines]
}

/** Pads columns to one width: the first to the left, the others to the right. */
function aligned(lines: readonly (readonly string[])[]): string {
  const widths = lines[0].map((_, column) => Math.max(...lines.map((line) => line[column].length)))
  return lines
    .map((line) =>
      line
        .map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}
