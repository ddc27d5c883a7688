import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { gunzipSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { splitBy, splitFingerprint } from '../../src/evaluation/protocols.js'
import type { Split } from '../../src/evaluation/splits.js'
import { targetsOf } from '../../src/evaluation/tasks.js'
import { createCatalogue } from '../../src/features/catalogue.js'
import type { Corpus } from '../../src/jobs/corpus.js'
import { evaluate } from '../../src/jobs/evaluate.js'
import { judgeRanked } from '../../src/jobs/ranked-lists.js'
import { writeSplit } from '../../src/jobs/split-files.js'
import { singleModelPlan } from '../../src/pipeline/default-plan.js'
import { smallDataset, smallItems } from '../small-world.js'

const dataset = smallDataset()
const corpus: Corpus = { items: smallItems, catalogue: createCatalogue(smallItems), dataset }
const options = { protocol: 'leave-last-out', seed: 1 } as const
const split = splitBy(dataset, options)
const fingerprint = splitFingerprint(split)
const measure = { validation: { at: 10 }, test: { at: 10 } }

let directory: string
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'sona-split-'))
})
afterAll(() => rm(directory, { recursive: true, force: true }))

type Answer = { fold: string; question: number; items: number[] }

/** A list for every question: the target of even questions first, that of odd ones second. */
function answers(of: Split = split): Answer[] {
  return (['validation', 'test'] as const).flatMap((fold) => {
    const { tasks } = of[fold]
    return Array.from({ length: tasks.count }, (_, question) => {
      const [target] = targetsOf(tasks, question)
      const history = tasks.history.subarray(tasks.historyStart[question], tasks.historyEnd[question])
      const known = new Set([target, ...history.map((entry) => dataset.items[entry])])
      const other = dataset.itemNos.findIndex((_, item) => !known.has(item))
      return { fold, question, items: question % 2 === 0 ? [target, other] : [other, target] }
    })
  })
}

async function ranked(lines: readonly object[], header: object = {}): Promise<string> {
  const path = join(directory, `${Math.random()}.ndjson.gz`)
  const all = [{ fingerprint, name: 'other', trainSeconds: 2, peakMemoryMb: 50, ...header }, ...lines]
  await writeFile(path, gzipSync(all.map((line) => JSON.stringify(line)).join('\n')))
  return path
}

const judge = async (lines: readonly object[], header?: object) =>
  judgeRanked([{ name: 'other', path: await ranked(lines, header) }], { dataset, split, measure })

const table = async (path: string): Promise<string[][]> =>
  gunzipSync(await readFile(path))
    .toString()
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => line.split(','))

describe('a split as files', () => {
  it.each(['leave-last-out', 'global-time', 'random', 'new-items'] as const)(
    'holds the training data and each history of %s',
    async (protocol) => {
      const each = splitBy(dataset, { protocol, seed: 1 })
      const folder = join(directory, protocol)
      const manifest = await writeSplit(folder, corpus, each, { data: 'small', options: { protocol, seed: 1 } })
      expect(JSON.parse(await readFile(join(folder, 'manifest.json'), 'utf8'))).toEqual(manifest)
      expect(manifest.fingerprint).toBe(splitFingerprint(each))
      for (const name of ['validation', 'test'] as const) {
        const { tasks, train } = each[name]
        const trained = await table(join(folder, name, 'train.csv.gz'))
        expect(trained.map(([, item]) => Number(item))).toEqual([...train.items])
        const extra = await table(join(folder, name, 'extra.csv.gz'))
        const questions = await table(join(folder, name, 'questions.csv.gz'))
        expect(questions).toHaveLength(tasks.count)
        for (const [question, [, user, , known]] of questions.entries()) {
          const own = (rows: string[][]) => rows.filter(([of]) => of === user).map(([, item]) => Number(item))
          const history = tasks.history.subarray(tasks.historyStart[question], tasks.historyEnd[question])
          expect([...own(trained), ...own(extra).slice(0, Number(known))]).toEqual(
            Array.from(history, (entry) => dataset.items[entry]),
          )
        }
      }
    },
  )

  it('has the right answers of validation, and nowhere those of the test', async () => {
    const folder = join(directory, 'answers')
    await writeSplit(folder, corpus, split, { data: 'small', options })
    expect((await readdir(join(folder, 'test'))).sort()).toEqual(['extra.csv.gz', 'questions.csv.gz', 'train.csv.gz'])
    expect((await table(join(folder, 'validation', 'targets.csv.gz'))).map(([, item]) => Number(item))).toEqual([
      ...split.validation.tasks.targets,
    ])
    const { tasks } = split.test
    const told = await Promise.all(['train', 'extra'].map((name) => table(join(folder, 'test', `${name}.csv.gz`))))
    const events = new Set(told.flat().map(([user, item]) => `${user} ${item}`))
    for (let task = 0; task < tasks.count; task++) {
      expect(events).not.toContain(`${tasks.users[task]} ${targetsOf(tasks, task)[0]}`)
    }
  })

  it('is the same bytes when it is written again', async () => {
    const read = async (folder: string) => {
      await writeSplit(join(directory, folder), corpus, split, { data: 'small', options })
      const files = (await readdir(join(directory, folder), { recursive: true })).filter((name) => name.includes('.')).sort()
      return Promise.all(files.map(async (name) => (await readFile(join(directory, folder, name))).toString('base64')))
    }
    expect(await read('once')).toEqual(await read('again'))
  })
})

describe('ranked lists of another program', () => {
  it('are judged by our metrics: a target first is worth 1, one at the second place 1/log₂3', async () => {
    const { rows, absent } = await judge(answers())
    expect(absent).toEqual([])
    const [{ name, kind, test, trainSeconds, peakMemoryMb }] = rows
    expect({ name, kind, trainSeconds, peakMemoryMb }).toEqual({ name: 'other', kind: 'peer', trainSeconds: 2, peakMemoryMb: 50 })
    const width = test.length / split.test.tasks.count
    expect([test[0], test[width]]).toEqual([1, 1 / Math.log2(3)])
  })

  it('stand in the table beside our own rows, and may be what these are compared with', async () => {
    const result = await evaluate({
      corpus,
      data: 'small world',
      command: 'test',
      versions: {},
      ...options,
      rows: [{ kind: 'model', plan: singleModelPlan('popularity') }],
      ranked: [{ name: 'other', path: await ranked(answers()) }],
      at: 10,
      threads: 1,
    })
    expect(result.rows.map(({ name, kind }) => [name, kind])).toEqual([
      ['popularity', 'model'],
      ['other', 'peer'],
    ])
    expect(result).toMatchObject({ chosen: 'other', reference: 'other' })
    expect(result.rows[1].metrics['hit-rate@10'].mean).toBe(1)
    expect(result.rows[0].difference!.high).toBeLessThan(0)
  })

  it('may not have the name of another row', async () => {
    const rows = [{ kind: 'model', plan: singleModelPlan('popularity') }] as const
    const about = { corpus, data: 'small world', command: 'test', versions: {}, ...options, at: 10, threads: 1 }
    const twice = evaluate({ ...about, rows, ranked: [{ name: 'popularity', path: await ranked(answers()) }] })
    await expect(twice).rejects.toMatchObject({ code: 'INVALID_PLAN', message: expect.stringContaining('named popularity') })
  })

  it('are a row without numbers where the program could not run', async () => {
    expect(await judge([], { error: 'not installed: pip install other' })).toEqual({
      rows: [],
      absent: [{ name: 'other', kind: 'peer', note: 'not installed: pip install other' }],
    })
  })

  const changed = (change: (lines: Answer[]) => void): Answer[] => {
    const lines = answers()
    change(lines)
    return lines
  }
  const firstKnown = dataset.items[split.validation.tasks.history[split.validation.tasks.historyStart[0]]]

  it.each<[string, Answer[], RegExp, object?]>([
    ['for another split', answers(), /line 1: its lists are for split 0123/, { fingerprint: '0123' }],
    [
      'with an item that the history has',
      changed(([first]) => first.items.push(firstKnown)),
      /line 2: question 0 ranks item \d+, which/,
    ],
    ['with an item twice', changed(([first]) => first.items.push(first.items[0])), /line 2: question 0 ranks item \d+ twice/],
    ['with an item that does not exist', changed(([first]) => first.items.push(dataset.itemCount)), /line 2: there is no item/],
    ['with a question that does not exist', changed(([first]) => (first.question = 1e6)), /line 2: there is no question 1000000/],
    ['that answer a question twice', [answers()[0], ...answers()], /line 3: question 0 was answered before/],
    ['that leave a question out', changed((lines) => lines.pop()), /leaves out 1 of \d+ questions of test/],
    ['of no fold', changed(([first]) => (first.fold = 'train')), /line 2: "fold" must be/],
  ])('are refused %s', async (_, lines, reason, header) => {
    await expect(judge(lines, header)).rejects.toMatchObject({ code: 'INVALID_FILE', message: expect.stringMatching(reason) })
  })

  it('are refused when they are no lists at all', async () => {
    const path = join(directory, 'empty')
    await writeFile(path, '')
    await expect(judgeRanked([{ name: 'x', path }], { dataset, split, measure })).rejects.toMatchObject({ code: 'INVALID_FILE' })
    await writeFile(path, 'question,items\n')
    await expect(judgeRanked([{ name: 'x', path }], { dataset, split, measure })).rejects.toMatchObject({ code: 'INVALID_FILE' })
  })
})
