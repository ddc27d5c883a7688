import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { type Batch, createBatcher } from '../../src/inference/batcher.js'

const never = new AbortController().signal

/** A model of one number: a row is its own length, and its vector that length. */
function lengths(
  options: { mostRows?: number; mostCells?: number; run?: (rows: readonly number[]) => Promise<Float32Array> } = {},
) {
  const batches: number[][] = []
  const measured: Batch[] = []
  const batcher = createBatcher<number>({
    name: 'model of lengths',
    dimensions: 1,
    lengthOf: (row) => row,
    async run(rows) {
      batches.push([...rows])
      await sleep(1)
      return await (options.run?.(rows) ?? Promise.resolve(Float32Array.from(rows)))
    },
    mostRows: options.mostRows ?? 4,
    mostCells: options.mostCells ?? 1_000,
    waitMs: 2,
    onBatch: (batch) => measured.push(batch),
  })
  return {
    batches,
    measured,
    encode: (rows: readonly (number | undefined)[], signal = never) =>
      batcher.encode(rows.length, (place) => rows[place], signal),
  }
}

describe('the batcher', () => {
  it('gives each call its own rows in its own order', async () => {
    const { encode } = lengths()
    const answers = await Promise.all([encode([5, 1, 9]), encode([2]), encode([7, 7, 3, 8, 1, 6])])
    expect(answers.map((answer) => [...answer])).toEqual([[5, 1, 9], [2], [7, 7, 3, 8, 1, 6]])
  })

  it('puts rows of different calls into one batch', async () => {
    const { encode, batches } = lengths()
    await Promise.all([encode([3]), encode([4]), encode([5])])
    expect(batches.map((batch) => batch.sort())).toEqual([[3, 4, 5]])
  })

  it('puts rows of like length together, so that little is padding', async () => {
    const { encode, batches, measured } = lengths()
    await encode([1, 100, 2, 99, 1, 98, 2, 97])
    expect(batches.map((batch) => batch.sort((a, b) => a - b)).sort()).toEqual([
      [1, 1, 2, 2],
      [97, 98, 99, 100],
    ])
    expect(measured.map(({ rows, cells, usefulCells }) => ({ rows, cells, usefulCells }))).toContainEqual({
      rows: 4,
      cells: 400,
      usefulCells: 394,
    })
  })

  it('pads a long call no more than its rows sorted and cut into batches', async () => {
    const { encode, measured } = lengths({ mostRows: 4 })
    const rows = Array.from({ length: 32 }, (_, row) => 1 + ((row * 37) % 101))
    await encode(rows)
    const sorted = [...rows].sort((a, b) => b - a)
    const least = [0, 4, 8, 12, 16, 20, 24, 28].reduce((sum, from) => sum + 4 * sorted[from]!, 0)
    expect(measured.reduce((sum, { cells }) => sum + cells, 0)).toBe(least)
  })

  it('never computes more than the limits allow, but for one row that alone exceeds them', async () => {
    const { encode, batches } = lengths({ mostRows: 3, mostCells: 20 })
    await encode([10, 10, 10, 5, 5, 5, 5, 50])
    expect(batches.every((batch) => batch.length === 1 || batch.length * Math.max(...batch) <= 20)).toBe(true)
    expect(Math.max(...batches.map(({ length }) => length))).toBe(3)
    expect(batches).toContainEqual([50])
  })

  it('lets a call of one row pass a call of a thousand', async () => {
    const { encode } = lengths()
    const ended: string[] = []
    const long = encode(Array.from({ length: 1_000 }, (_, row) => 1 + (row % 50))).then(() => ended.push('long'))
    await sleep(20)
    const short = encode([30]).then(() => ended.push('short'))
    await Promise.all([long, short])
    expect(ended).toEqual(['short', 'long'])
  })

  it('answers with NaN where there was nothing to compute', async () => {
    const { encode, batches } = lengths()
    expect([...(await encode([undefined, 3, undefined]))]).toEqual([Number.NaN, 3, Number.NaN])
    expect([...(await encode([undefined]))]).toEqual([Number.NaN])
    expect([...(await encode([]))]).toEqual([])
    expect(batches).toEqual([[3]])
  })

  it('begins nothing of a call that was given up', async () => {
    const { encode, batches } = lengths()
    const controller = new AbortController()
    const long = encode(
      Array.from({ length: 400 }, () => 3),
      controller.signal,
    )
    await sleep(15)
    controller.abort(new Error('enough'))
    await expect(long).rejects.toThrow('enough')
    const begun = batches.length
    await sleep(20)
    expect(batches.length).toBe(begun)
    expect(begun).toBeLessThan(100)
    expect([...(await encode([4]))]).toEqual([4])
  })

  it.each([
    ['zeros', 0],
    ['NaN', Number.NaN],
    ['infinity', Number.POSITIVE_INFINITY],
  ])('refuses %s as a vector, and only for the call that they belong to', async (_, wrong) => {
    const { encode } = lengths({ run: async (rows) => Float32Array.from(rows, (row) => (row === 13 ? wrong : row)) })
    const [good, bad] = await Promise.allSettled([encode([1, 2]), encode([12, 13])])
    expect(good).toMatchObject({ status: 'fulfilled', value: Float32Array.of(1, 2) })
    expect(bad).toMatchObject({ status: 'rejected', reason: { code: 'ENCODER_OUTPUT_INVALID', details: { place: 1 } } })
  })

  it('goes on after a batch that failed, and a row that could not be prepared', async () => {
    const { encode } = lengths({
      run: async (rows) => (rows.includes(13) ? Promise.reject(new Error('bad luck')) : Float32Array.from(rows)),
    })
    await expect(encode([13])).rejects.toThrow('bad luck')
    const { encode: encodeNext } = lengths()
    expect([...(await encodeNext([6]))]).toEqual([6])
    expect([...(await encode([6]))]).toEqual([6])
  })
})
