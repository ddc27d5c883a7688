/**
 * Ranked lists that another program wrote for a split of ours (split-files.ts), judged by our metrics. A file that answers other
 * questions, leaves some out, or ranks what must not be ranked is refused whole: INVALID_FILE with the line and the reason.
 */
import { basename } from 'node:path'
import { SonaError } from '../domain/errors.js'
import type { MeasuredRow } from '../evaluation/compare.js'
import { createMeasure, type MeasureOptions } from '../evaluation/measure.js'
import { countExposures } from '../evaluation/metrics/index.js'
import { splitFingerprint } from '../evaluation/protocols.js'
import type { Fold, Split } from '../evaluation/splits.js'
import type { Dataset } from '../features/dataset.js'
import { readLines } from '../formats/lines.js'

/** A file of `sona evaluate --ranked`. */
export interface RankedFile {
  readonly name: string
  readonly path: string
}

/** A row without numbers, and why. */
export interface AbsentRow {
  readonly name: string
  readonly kind: 'peer'
  readonly note: string
}

export interface RankedRows {
  readonly rows: readonly MeasuredRow[]
  readonly absent: readonly AbsentRow[]
}

export interface RankedOptions {
  readonly dataset: Dataset
  readonly split: Split
  readonly measure: { readonly validation: MeasureOptions; readonly test: MeasureOptions }
  readonly signal?: AbortSignal
}

type FoldName = 'validation' | 'test'

const MOST_ITEMS = 1_000

/** Reads and judges the files one after another. */
export async function judgeRanked(files: readonly RankedFile[], options: RankedOptions): Promise<RankedRows> {
  const rows: MeasuredRow[] = []
  const absent: AbsentRow[] = []
  if (files.length === 0) return { rows, absent }
  const fingerprint = splitFingerprint(options.split)
  for (const file of files) {
    const judged = await judgeFile(file, fingerprint, options)
    if ('note' in judged) absent.push(judged)
    else rows.push(judged)
  }
  return { rows, absent }
}

async function judgeFile(
  { name, path }: RankedFile,
  fingerprint: string,
  options: RankedOptions,
): Promise<MeasuredRow | AbsentRow> {
  const { dataset, split, measure, signal } = options
  const folds = {
    validation: foldJudge(split.validation, dataset, measure.validation),
    test: foldJudge(split.test, dataset, measure.test),
  }
  let header: Header | undefined
  for await (const { text, refuse } of linesOf(path)) {
    if (header === undefined) {
      header = headerOf(text, fingerprint, refuse)
      if (header.error !== undefined) return { name, kind: 'peer', note: header.error }
      continue
    }
    if (signal?.aborted) throw new SonaError('TRAINING_ABORTED', 'The evaluation was stopped before it was done.')
    const { fold, question, items } = answerOf(text, refuse)
    folds[fold].judge(question, items, refuse)
  }
  if (header === undefined) throw new SonaError('INVALID_FILE', `${basename(path)} is empty; its first line must be a header.`)
  for (const fold of ['validation', 'test'] as const) folds[fold].assertComplete(basename(path), fold)
  const { trainSeconds, peakMemoryMb } = header
  const { values, exposures } = folds.test
  return { name, kind: 'peer', validation: folds.validation.values, test: values, exposures, trainSeconds, peakMemoryMb }
}

type Refuse = (reason: string) => SonaError

async function* linesOf(path: string): AsyncGenerator<{ readonly text: string; readonly refuse: Refuse }> {
  for await (const { first, texts, problems } of readLines(path)) {
    for (let at = 0; at < texts.length; at++) {
      const line = first + at
      const refuse: Refuse = (reason) => new SonaError('INVALID_FILE', `${basename(path)}, line ${line}: ${reason}.`)
      const problem = problems.get(line)
      if (problem !== undefined) throw refuse(problem)
      if (texts[at].trim() !== '') yield { text: texts[at], refuse }
    }
  }
}

interface Header {
  readonly trainSeconds: number
  readonly peakMemoryMb: number
  readonly error?: string
}

function headerOf(text: string, fingerprint: string, refuse: Refuse): Header {
  const header = objectIn(text, refuse)
  if (header.fingerprint !== fingerprint) {
    throw refuse(
      `its lists are for split ${String(header.fingerprint)}, this is split ${fingerprint}; write the split again with these options ` +
        'and rank for that one',
    )
  }
  const number = (value: unknown): number => (typeof value === 'number' ? value : Number.NaN)
  return {
    trainSeconds: number(header.trainSeconds),
    peakMemoryMb: number(header.peakMemoryMb),
    ...(typeof header.error === 'string' && { error: header.error.slice(0, 300) }),
  }
}

interface RankedAnswer {
  readonly fold: FoldName
  readonly question: number
  readonly items: readonly number[]
}

function answerOf(text: string, refuse: Refuse): RankedAnswer {
  const { fold, question, items } = objectIn(text, refuse)
  if (fold !== 'validation' && fold !== 'test') throw refuse('"fold" must be "validation" or "test"')
  if (typeof question !== 'number') throw refuse('"question" must be a number')
  if (!Array.isArray(items) || items.length > MOST_ITEMS) throw refuse(`"items" must be a list of ${MOST_ITEMS} items or fewer`)
  return { fold, question, items }
}

function objectIn(text: string, refuse: Refuse): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch {
    // Said below, in the words of this format.
  }
  throw refuse('it is no JSON object')
}

interface FoldJudge {
  /** tasks × columns. */
  readonly values: Float64Array
  readonly exposures: Uint32Array
  judge(question: number, items: readonly number[], refuse: Refuse): void
  assertComplete(file: string, fold: FoldName): void
}

/** Holds the lists of one fold against its questions. */
function foldJudge(fold: Fold, dataset: Dataset, options: MeasureOptions): FoldJudge {
  const { tasks } = fold
  const { columns, measure } = createMeasure(fold, dataset, options)
  const values = new Float64Array(tasks.count * columns.length)
  const exposures = new Uint32Array(dataset.itemCount)
  const isAnswered = new Uint8Array(tasks.count)
  const knownTo = new Int32Array(dataset.itemCount).fill(-1) // the question whose history had the item last
  const rankedFor = new Int32Array(dataset.itemCount).fill(-1)
  return {
    values,
    exposures,
    judge(question, items, refuse) {
      if (!Number.isInteger(question) || question < 0 || question >= tasks.count) {
        throw refuse(`there is no question ${question}; they are 0 to ${tasks.count - 1}`)
      }
      if (isAnswered[question] === 1) throw refuse(`question ${question} was answered before`)
      isAnswered[question] = 1
      for (let at = tasks.historyStart[question]; at < tasks.historyEnd[question]; at++) {
        knownTo[dataset.items[tasks.history[at]]] = question
      }
      for (const item of items) {
        if (!Number.isInteger(item) || item < 0 || item >= dataset.itemCount) {
          throw refuse(`there is no item ${item}; they are 0 to ${dataset.itemCount - 1}`)
        }
        if (knownTo[item] === question) throw refuse(`question ${question} ranks item ${item}, which its history has`)
        if (rankedFor[item] === question) throw refuse(`question ${question} ranks item ${item} twice`)
        rankedFor[item] = question
      }
      measure(question, items, undefined, values)
      countExposures(exposures, items, options.at)
    },
    assertComplete(file, fold) {
      const missing = isAnswered.indexOf(0)
      if (missing < 0) return
      const count = isAnswered.reduce((sum, answered) => sum + 1 - answered, 0)
      throw new SonaError(
        'INVALID_FILE',
        `${file} leaves out ${count} of ${tasks.count} questions of ${fold}, question ${missing} first.`,
      )
    },
  }
}
