import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { type LineOptions, readLines } from '../../src/formats/lines.js'
import { directoryOf, fileOf } from './files.js'

async function linesOf(path: string, options?: LineOptions) {
  const lines: string[] = []
  const problems: [number, string][] = []
  for await (const batch of readLines(path, options)) {
    expect(batch.first).toBe(lines.length + 1)
    lines.push(...batch.texts)
    problems.push(...batch.problems)
  }
  return { lines, problems }
}

describe('the lines of a file', () => {
  it('are the same with LF, CRLF, a byte order mark, packed, and with or without a last line end', async () => {
    const lines = ['a', '', 'ü🎬', 'd']
    for (const text of ['a\n\nü🎬\nd\n', 'a\r\n\r\nü🎬\r\nd\r\n', '\uFEFFa\n\nü🎬\nd', 'a\r\n\nü🎬\nd']) {
      expect(await linesOf(fileOf('plain.txt', text))).toEqual({ lines, problems: [] })
      expect((await linesOf(fileOf('packed.gz', text))).lines).toEqual(lines)
      expect((await linesOf(fileOf('packed-but-not-called-so.txt', gzipSync(text)))).lines).toEqual(lines)
    }
    expect(await linesOf(fileOf('empty.txt', ''))).toEqual({ lines: [], problems: [] })
    expect((await linesOf(fileOf('empty.gz', ''))).lines).toEqual([])
  })

  it('are whole wherever the chunks of the file end', async () => {
    const lines = Array.from({ length: 30_000 }, (_, index) => `${index} ${'ü'.repeat(index % 97)}`)
    expect(await linesOf(fileOf('long.txt', lines.join('\n')))).toEqual({ lines, problems: [] })
    expect((await linesOf(fileOf('long.gz', `${lines.join('\r\n')}\r\n`))).lines).toEqual(lines)
  })

  it('may be ISO-8859-1', async () => {
    const { lines } = await linesOf(fileOf('latin.txt', Buffer.from('Misérables\ncafé', 'latin1')), { encoding: 'latin1' })
    expect(lines).toEqual(['Misérables', 'café'])
  })

  it('that are not UTF-8 are told, and take no other with them', async () => {
    const bytes = Buffer.concat([Buffer.from('good ü\r\n'), Buffer.from('Misérables\r\n', 'latin1'), Buffer.from('good é\r\n')])
    const { lines, problems } = await linesOf(fileOf('mixed.txt', bytes))
    expect(problems).toEqual([[2, 'is not valid UTF-8']])
    expect([lines[0], lines[2]]).toEqual(['good ü', 'good é'])
  })

  it('that are too long are told and skipped, 10 MB or 10 kB, first, in the middle or last', async () => {
    const huge = 'x'.repeat(10 * 1024 * 1024)
    const { lines, problems } = await linesOf(fileOf('huge.txt', `a\n${huge}\nb\n${huge}`))
    expect(problems).toEqual([
      [2, 'is longer than 4194304 bytes'],
      [4, 'is longer than 4194304 bytes'],
    ])
    expect([lines[0], lines[2], lines.length]).toEqual(['a', 'b', 4])
    expect(lines[1]).toBe('x'.repeat(500))
    const first = await linesOf(fileOf('first.gz', `${huge}\nb\n`))
    expect([first.problems.length, first.lines[1]]).toEqual([1, 'b'])
  })

  it('of a truncated or damaged gzip file come until where it breaks, and the break is told', async () => {
    const lines = Array.from({ length: 100_000 }, (_, index) => `${index},${(index * 7919) % 1000}`)
    const packed = gzipSync(lines.join('\n'))
    const cut = await linesOf(fileOf('cut.gz', packed.subarray(0, packed.length >> 1)))
    expect(cut.problems).toEqual([[cut.lines.length, 'is where the compressed file ends too early; what follows it is missing']])
    expect(cut.lines.length).toBeGreaterThan(1_000)
    expect(cut.lines.slice(0, -1)).toEqual(lines.slice(0, cut.lines.length - 1))

    const damaged = Buffer.from(packed)
    damaged.fill(0xff, packed.length >> 1, (packed.length >> 1) + 1_000)
    const broken = await linesOf(fileOf('damaged.gz', damaged))
    expect(broken.problems.map(([, problem]) => problem)).toEqual([
      'is where the compressed file is damaged; what follows it is missing',
    ])
  })

  it('are missed with a clear error when there is nothing to read', async () => {
    const directory = directoryOf({})
    await expect(linesOf(`${directory}/none.csv`)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND', message: /There is no file/ })
    await expect(linesOf(directory)).rejects.toMatchObject({ code: 'FILE_NOT_FOUND', message: /is a directory/ })
    await expect(linesOf(`${fileOf('a', 'a')}/b`)).rejects.toMatchObject({
      code: 'FILE_NOT_FOUND',
      message: /directory was expected/,
    })
    await expect(linesOf(fileOf('head.gz', gzipSync('abc').subarray(0, 10)))).rejects.toMatchObject({ code: 'INVALID_FILE' })
    await expect(linesOf(fileOf('utf16.csv', Buffer.from('\uFEFFa,b', 'utf16le')))).rejects.toMatchObject({
      code: 'INVALID_FILE',
      message: /UTF-16/,
    })
  })
})
