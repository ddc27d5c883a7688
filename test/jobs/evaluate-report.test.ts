import { execFile } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { promisify } from 'node:util'
import { Script } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import { compare } from '../../src/evaluation/compare.js'
import { cardsOf, type Evaluation, questionsOf } from '../../src/evaluation/evaluation.js'
import { evaluationHtml, evaluationJson, evaluationTable } from '../../src/jobs/evaluate-report.js'
import { plots } from '../../src/jobs/evaluation-report/plots.js'
import { answeredRow, measuredSplit } from '../evaluation/measured.js'

const measured = measuredSplit(2)
const rows = [
  answeredRow(measured, 'ease', 'model', 8),
  answeredRow(measured, 'transitions', 'model', 3),
  answeredRow(measured, 'hybrid:weighted', 'plan', 0),
]
const evaluation: Evaluation = {
  ...compare(measured, rows, { random: createRandom(1), at: 10, draws: 200 }),
  data: 'generated:<2>',
  protocol: measured.split.protocol,
  note: measured.split.note,
  users: measured.dataset.userCount,
  items: measured.dataset.itemCount,
  events: measured.dataset.items.length,
  seed: 1,
  at: 10,
  absent: [{ name: 'other', kind: 'peer', note: 'it is not installed' }],
  average: 'users',
  questions: questionsOf(measured.split),
  slices: measured.test.slices,
  cards: cardsOf(measured.test.columns),
  rankers: [],
  versions: { sona: '0.1.0', node: '20' },
  command: 'sona evaluate --protocol leave-last-out --seed 1',
}

describe('the JSON document', () => {
  it('has the shape that scripts rely on, and survives being written', () => {
    const document = JSON.parse(JSON.stringify(evaluationJson(evaluation)))
    const known = ['data', 'protocol', 'users', 'items', 'events', 'seed', 'chosen', 'average', 'rows', 'absent']
    expect(Object.keys(document)).toEqual(known)
    expect(document.absent).toEqual([{ name: 'other', kind: 'peer', note: 'it is not installed' }])
    expect(document.chosen).toBe('hybrid:weighted')
    for (const row of document.rows) {
      expect(Object.keys(row)).toEqual(['name', 'kind', 'metrics', 'otherAverage', 'trainSeconds', 'peakMemoryMb'])
      const { mean, low, high } = row.metrics['ndcg@10']
      expect(low <= mean && mean <= high).toBe(true)
      expect(row.metrics['coverage@10']).toMatchObject({ low: null, high: null })
    }
  })
})

describe('the terminal table', () => {
  const lines = evaluationTable(evaluation).split('\n')

  it('puts the best row first and marks the one that validation chose', () => {
    const first = lines.findIndex((line) => line.startsWith('hybrid:weighted *'))
    expect(lines[first]).toMatch(/^hybrid:weighted \* +0\.\d{4} +0\.\d{4} +\+0\.\d{4}/)
    expect(lines[first + 1]).toMatch(/^transitions/)
    expect(lines[first + 2]).toMatch(/^ease/)
  })

  it('has a line for a row that could not be measured', () => {
    expect(lines).toContain('other: not measured: it is not installed')
  })

  it('prints the note, the formulas and the slices with their shares', () => {
    const text = lines.join('\n')
    expect(text).toContain(measured.split.note)
    for (const { name, formula } of evaluation.cards) expect(text).toContain(`${name}: ${formula}`)
    expect(text).toMatch(/share .*% tasks/)
    expect(text).toMatch(/head/)
  })

  it('keeps its columns within the width of a terminal', () => {
    const columns = lines.filter((line) => /^(hybrid|ease|transitions|share)/.test(line))
    expect(columns.length).toBeGreaterThan(8)
    for (const line of columns) expect(line.length).toBeLessThanOrEqual(118)
  })
})

describe('the page', () => {
  it('holds everything it needs and asks nobody for more', async () => {
    const html = await evaluationHtml(evaluation)
    const own = html.replace(/<script>(?!const evaluation)[\s\S]*?<\/script>/g, '')
    expect(html.length - own.length).toBeGreaterThan(300_000) // the two libraries
    expect(own).not.toMatch(/src=|href=|url\(|https?:/)
    for (const text of [evaluation.command, 'generated:&lt;2&gt;', 'seed 1', 'sona 0.1.0', 'PNAS 2010'])
      expect(own).toContain(text)
    for (const { name } of evaluation.cards) expect(own).toContain(`<td>${name}</td>`)
  })

  it('cannot be broken by a name', async () => {
    const hostile = { ...evaluation, rows: evaluation.rows.map((row) => ({ ...row, name: '</script><b>"&' })) }
    const html = await evaluationHtml(hostile)
    expect(html).not.toContain('</script><b>')
    expect(html).toContain('&lt;/script&gt;&lt;b&gt;&quot;&amp;')
  })

  it('has a script that parses', () => {
    expect(() => new Script(plots)).not.toThrow()
  })

  it('draws its four figures in a browser', async (context) => {
    const browser = await installedBrowser()
    if (browser === undefined) return context.skip('no chromium is installed: apt-get install chromium')
    const folder = await mkdtemp(join(tmpdir(), 'sona-page-'))
    const page = join(folder, 'page.html')
    await writeFile(page, await evaluationHtml(evaluation))
    const flags = ['--headless', '--no-sandbox', '--disable-gpu', '--disable-background-networking', '--no-first-run']
    const { stdout } = await promisify(execFile)(
      browser,
      [...flags, `--user-data-dir=${join(folder, 'profile')}`, '--dump-dom', pathToFileURL(page).href],
      { maxBuffer: 64 * 1024 * 1024 },
    )
    await rm(folder, { recursive: true, force: true })
    for (const id of ['intervals', 'curve', 'cost', 'slices']) {
      const figure = new RegExp(`<figure id="${id}">[\\s\\S]*?(?=<figure id=|<h2>)`).exec(stdout)?.[0] ?? ''
      expect(figure, id).toContain('<svg')
      if (id !== 'curve') expect(figure, id).toContain('hybrid:weighted *')
      expect(figure, id).not.toContain('NaN')
    }
  })
})

async function installedBrowser(): Promise<string | undefined> {
  for (const name of ['chromium', 'chromium-browser', 'google-chrome']) {
    const found = await promisify(execFile)('which', [name]).catch(() => undefined)
    if (found !== undefined) return found.stdout.trim()
  }
  return undefined
}
