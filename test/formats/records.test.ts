import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readCsv } from '../../src/formats/records.js'
import { fileOf } from './files.js'

async function recordsOf(text: string, delimiter = ',') {
  const records: (readonly string[] | string)[] = []
  for await (const batch of readCsv(fileOf('table.csv', text), 'table.csv', { delimiter })) {
    for (const record of batch)
      records.push('problem' in record ? `${record.line}: ${record.problem}` : [`${record.line}`, ...record.fields])
  }
  return records
}

const quoted = (field: string): string => `"${field.replaceAll('"', '""')}"`

describe('the records of a CSV file', () => {
  it('carry the number of their first line, with and without quotes, over several lines', async () => {
    expect(await recordsOf('a,b\n1,2\n"x, y","say ""hi"""\n"two\nlines",3\n\n4,\n')).toEqual([
      ['1', 'a', 'b'],
      ['2', '1', '2'],
      ['3', 'x, y', 'say "hi"'],
      ['4', 'two\nlines', '3'],
      ['7', '4', ''],
    ])
  })

  it('may have other delimiters, and quotes that are only characters', async () => {
    expect(await recordsOf('12" disc;5\n"a;b";6\n', ';')).toEqual([
      ['1', '12" disc', '5'],
      ['2', 'a;b', '6'],
    ])
  })

  it('lose only the line whose quote is never closed', async () => {
    const rest = Array.from({ length: 5_000 }, (_, index) => `${index},x`)
    const records = await recordsOf(['id,title', '1,"never closed', ...rest, '9,"fine, too"'].join('\n'))
    expect(records.filter((record) => typeof record === 'string')).toEqual(['2: opens a quote that is never closed'])
    expect(records.length).toBe(rest.length + 3)
    expect(records.at(-1)).toEqual([String(rest.length + 3), '9', 'fine, too'])
    expect(await recordsOf('a,b\n1,"open')).toEqual([['1', 'a', 'b'], '2: opens a quote that is never closed'])
  })

  it('keep quotes that stand where none belong as characters', async () => {
    expect(await recordsOf('"a","b"\n"x"y,2\n"c","d"\n')).toEqual([
      ['1', 'a', 'b'],
      ['2', '"x"y', '2'],
      ['3', 'c', 'd'],
    ])
  })

  it('are what was written, whatever it was', async () => {
    const field = fc.string({ unit: fc.constantFrom('a', 'é', '🎬', ',', '"', '\n', ' ', ';'), maxLength: 12 })
    const table = fc.array(fc.tuple(field, field), { minLength: 1, maxLength: 20 })
    await fc.assert(
      fc.asyncProperty(table, async (rows) => {
        const text = rows.map((row) => row.map(quoted).join(',')).join('\n')
        const read = await recordsOf(text)
        expect(read.map((record) => record.slice(1))).toEqual(rows)
      }),
      { numRuns: 100, seed: 3 },
    )
  })
})
