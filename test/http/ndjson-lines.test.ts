import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { type Line, ndjsonLines } from '../../src/http/ndjson-lines.js'

const options = { maxLineBytes: 20, timeoutMs: 1_000 }

async function* partsOf(body: Buffer, cuts: readonly number[]): AsyncGenerator<Uint8Array> {
  const ends = [...new Set(cuts.map((cut) => cut % (body.length + 1)))].sort((a, b) => a - b)
  let start = 0
  for (const end of [...ends, body.length]) {
    yield body.subarray(start, end)
    start = end
  }
}

async function linesOf(parts: AsyncIterable<Uint8Array>): Promise<string[]> {
  const all: Line[] = []
  for await (const lines of ndjsonLines(parts, options)) all.push(...lines)
  return all.map(({ number, bytes }) => `${number}:${bytes === 'too-long' ? bytes : Buffer.from(bytes).toString()}`)
}

/** The obviously right version, for a body that is all there. */
function expected(body: string): string[] {
  return body.split('\n').flatMap((line, at) => {
    const trimmed = line.replace(/[\r\t ]+$/, '')
    if (Buffer.byteLength(line) > options.maxLineBytes + 1 || Buffer.byteLength(trimmed) > options.maxLineBytes)
      return [`${at + 1}:too-long`]
    return trimmed === '' ? [] : [`${at + 1}:${trimmed}`]
  })
}

describe('the lines of a body', () => {
  it('are the same wherever the body is cut into parts', async () => {
    const text = fc.array(fc.constantFrom('\n', '\r\n', 'a', 'ü', '😀', ' ', '{"x":1}', 'b'.repeat(19), 'b'.repeat(21), '\t'))
    await fc.assert(
      fc.asyncProperty(text, fc.array(fc.nat(500)), async (pieces, cuts) => {
        const body = pieces.join('')
        expect(await linesOf(partsOf(Buffer.from(body), cuts))).toEqual(expected(body))
      }),
      { numRuns: 500 },
    )
  })

  it('may be as long as allowed, with any line end, and the last needs none', async () => {
    const line = 'x'.repeat(20)
    expect(await linesOf(partsOf(Buffer.from(`${line}\n${line}\r\n${line}x\n${line}`), []))).toEqual([
      `1:${line}`,
      `2:${line}`,
      '3:too-long',
      `4:${line}`,
    ])
  })

  it('are not kept while they are too long: an endless line costs no memory', async () => {
    const part = Buffer.alloc(1 << 20, 'x')
    async function* endless() {
      for (let sent = 0; sent < 2_000; sent++) yield part // 2 GB
      yield Buffer.from('\nok\n')
    }
    const before = process.memoryUsage().arrayBuffers
    expect(await linesOf(endless())).toEqual(['1:too-long', '2:ok'])
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 << 20)
  })

  it('are waited for only so long', async () => {
    async function* stalled() {
      yield Buffer.from('a\nb')
      await new Promise(() => {})
    }
    const reading = (async () => {
      for await (const _lines of ndjsonLines(stalled(), { ...options, timeoutMs: 30 }));
    })()
    await expect(reading).rejects.toMatchObject({ code: 'REQUEST_TIMEOUT' })
  })
})
