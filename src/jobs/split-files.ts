/**
 * A split as files, for programs that are not Sona: enough to train and to answer on exactly our questions, without the answers of the
 * test. `ranked-lists.ts` reads what comes back.
 */
import { createWriteStream } from 'node:fs'
import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { assert } from '../domain/errors.js'
import { MS_PER_DAY } from '../domain/time.js'
import { type SplitOptions, splitFingerprint } from '../evaluation/protocols.js'
import type { Fold, Split } from '../evaluation/splits.js'
import { rowOf } from '../features/catalogue.js'
import type { Dataset } from '../features/dataset.js'
import type { Corpus } from './corpus.js'
import { splitReadme } from './split-readme.js'

/** What `manifest.json` says. Programs rely on this shape. */
export interface SplitManifest {
  readonly format: 1
  /** Names the split; a ranked file carries it, so that lists for other questions are not taken for these. */
  readonly fingerprint: string
  readonly data: string
  readonly protocol: SplitOptions['protocol']
  readonly seed: SplitOptions['seed']
  readonly randomTrain?: number
  readonly relevant?: number
  readonly perUser?: number
  readonly note: string
  readonly users: number
  readonly items: number
  readonly validation: FoldSize
  readonly test: FoldSize
}

interface FoldSize {
  readonly trainingEvents: number
  readonly extraEvents: number
  readonly questions: number
}

/** Writes the split into a directory, made if need be. The same split gives the same bytes. */
export async function writeSplit(
  directory: string,
  corpus: Corpus,
  split: Split,
  { data, options }: { readonly data: string; readonly options: SplitOptions },
): Promise<SplitManifest> {
  const { dataset } = corpus
  const sizes = { validation: await writeFold('validation'), test: await writeFold('test') }
  await writeTargets(join(directory, 'validation'), split.validation)
  await writeItems(directory, corpus)
  const { protocol, seed, randomTrain, relevant, perUser } = options
  const manifest: SplitManifest = {
    format: 1,
    fingerprint: splitFingerprint(split),
    data,
    protocol,
    seed,
    ...(randomTrain !== undefined && { randomTrain }),
    ...(relevant !== undefined && { relevant }),
    ...(perUser !== undefined && { perUser }),
    note: split.note,
    users: dataset.userCount,
    items: dataset.itemCount,
    ...sizes,
  }
  await writeFile(join(directory, 'manifest.json'), `${JSON.stringify(manifest, undefined, 1)}\n`)
  await writeFile(join(directory, 'README.md'), splitReadme(manifest))
  return manifest

  async function writeFold(name: 'validation' | 'test'): Promise<FoldSize> {
    const folder = join(directory, name)
    await mkdir(folder, { recursive: true })
    const fold = split[name]
    const extra = extraEntries(fold, dataset)
    await writeTrain(folder, fold.train)
    await writeExtra(folder, extra, dataset)
    await writeQuestions(folder, fold)
    return { trainingEvents: fold.train.items.length, extraEvents: extra.entries.length, questions: fold.tasks.count }
  }
}

interface ExtraEntries {
  /** User row of each. */
  readonly users: number[]
  /** Positions in the dataset. */
  readonly entries: number[]
}

/** What is known of users when they are asked, beyond their training entries; each history is one's training and a prefix of one's extras. */
function extraEntries({ tasks, train }: Fold, dataset: Dataset): ExtraEntries {
  const extra: ExtraEntries = { users: [], entries: [] }
  for (let task = 0; task < tasks.count; task++) {
    const user = tasks.users[task]
    if (task + 1 < tasks.count && tasks.users[task + 1] === user) continue
    const longest = tasks.history.subarray(tasks.historyStart[task], tasks.historyEnd[task])
    const trained = train.items.subarray(train.start[user], train.start[user + 1])
    assert(
      trained.every((item, at) => dataset.items[longest[at]] === item),
      'a history begins with the training entries of its user',
    )
    for (const entry of longest.subarray(trained.length)) {
      extra.users.push(user)
      extra.entries.push(entry)
    }
  }
  return extra
}

function writeTrain(folder: string, { userCount, start, items, days, engagement }: Dataset): Promise<void> {
  return writeTable(join(folder, 'train.csv.gz'), 'user,item,day,engagement', function* () {
    for (let user = 0; user < userCount; user++) {
      for (let at = start[user]; at < start[user + 1]; at++) yield eventLine(user, items[at], days[at], engagement[at])
    }
  })
}

function writeExtra(folder: string, { users, entries }: ExtraEntries, { items, days, engagement }: Dataset): Promise<void> {
  return writeTable(join(folder, 'extra.csv.gz'), 'user,item,day,engagement', function* () {
    for (const [at, entry] of entries.entries()) yield eventLine(users[at], items[entry], days[entry], engagement[entry])
  })
}

function writeQuestions(folder: string, { tasks, train }: Fold): Promise<void> {
  return writeTable(join(folder, 'questions.csv.gz'), 'question,user,day,extra', function* () {
    for (let task = 0; task < tasks.count; task++) {
      const user = tasks.users[task]
      const known = tasks.historyEnd[task] - tasks.historyStart[task]
      yield `${task},${user},${dayText(tasks.days[task])},${known - (train.start[user + 1] - train.start[user])}`
    }
  })
}

function writeTargets(folder: string, { tasks }: Fold): Promise<void> {
  return writeTable(join(folder, 'targets.csv.gz'), 'question,item', function* () {
    for (let task = 0; task < tasks.count; task++) {
      for (let at = tasks.targetStart[task]; at < tasks.targetStart[task + 1]; at++) yield `${task},${tasks.targets[at]}`
    }
  })
}

function writeItems(directory: string, { items, catalogue }: Corpus): Promise<void> {
  return writeTable(join(directory, 'items.csv.gz'), 'item,id,title,released,genres', function* () {
    for (const { itemNo, item } of items) {
      const row = rowOf(catalogue, itemNo)
      const released = catalogue.numbers.releasedAt[row] / MS_PER_DAY
      const texts = [item.itemId, item.title].map(quoted)
      yield `${row},${texts.join(',')},${Number.isNaN(released) ? '' : dayText(released)},${quoted(item.genres.join('|'))}`
    }
  })
}

function eventLine(user: number, item: number, day: number, engagement: number): string {
  return `${user},${item},${dayText(day)},${Number(engagement.toFixed(6))}`
}

/** A day to the tenth of a second. */
function dayText(day: number): string {
  return String(Number(day.toFixed(6)))
}

function quoted(text: string): string {
  return `"${text.replaceAll('"', '""')}"`
}

const LINES_AT_ONCE = 4_096

async function writeTable(path: string, header: string, lines: () => Iterable<string>): Promise<void> {
  function* chunks(): Generator<string> {
    let chunk = [header]
    for (const line of lines()) {
      chunk.push(line)
      if (chunk.length < LINES_AT_ONCE) continue
      yield `${chunk.join('\n')}\n`
      chunk = []
    }
    if (chunk.length > 0) yield `${chunk.join('\n')}\n`
  }
  await pipeline(Readable.from(chunks()), createGzip({ level: 6 }), createWriteStream(path))
}
