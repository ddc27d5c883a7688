import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  boolArray,
  byteaArray,
  epochMsFromPostgres,
  float8Array,
  int2Array,
  int4Array,
  int8Array,
  textArray,
  timestampArray,
} from '../../src/storage/binary-arrays.js'
import type { Database } from '../../src/storage/database.js'
import { openEmbedded } from '../../src/storage/embedded.js'
import { freshHome } from './fresh-home.js'

/** PostgreSQL itself says what the bytes mean: each array goes in as binary and comes back as JSON. */
describe('arrays in PostgreSQL’s binary form', () => {
  let database: Database
  let remove: () => void
  beforeAll(async () => {
    const fresh = await freshHome()
    remove = fresh.remove
    database = await openEmbedded(fresh.home)
  })
  afterAll(async () => {
    await database?.close()
    remove?.()
  })

  async function read(array: Buffer, type: string): Promise<unknown> {
    const [row] = await database.query<{ json: unknown }>({ text: `select to_json($1::${type}[]) as json`, values: [array] })
    return row!.json
  }

  it('hold whole numbers of every size', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.maxSafeInteger()), fc.array(fc.integer()), async (large, small) => {
        expect(await read(int8Array(large), 'bigint')).toEqual(large)
        expect(await read(int4Array(small), 'integer')).toEqual(small)
        expect(await read(int2Array(small.map((n) => n >> 16)), 'smallint')).toEqual(small.map((n) => n >> 16))
      }),
      { numRuns: 30 },
    )
    const extremes = [0, -1, 2 ** 31, -(2 ** 31), 2 ** 32, -(2 ** 32), Number.MAX_SAFE_INTEGER, Number.MIN_SAFE_INTEGER]
    expect(await read(int8Array(extremes), 'bigint')).toEqual(extremes)
  })

  it('hold fractions to the last digit, and NaN as null', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.double({ noDefaultInfinity: true })), async (values) => {
        const expected = values.map((value) => (Number.isNaN(value) ? null : value === 0 ? 0 : value))
        expect(await read(float8Array(values.map((value) => (value === 0 ? 0 : value))), 'double precision')).toEqual(expected)
      }),
      { numRuns: 30 },
    )
  })

  it('hold bytes, none of them and nothing at all', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(fc.uint8Array({ maxLength: 300 }), { nil: undefined })), async (values) => {
        const expected = values.map((value) => (value === undefined ? null : `\\x${Buffer.from(value).toString('hex')}`))
        expect(await read(byteaArray(values), 'bytea')).toEqual(expected)
      }),
      { numRuns: 30 },
    )
  })

  it('hold any text, the empty one and none at all', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.option(fc.string({ unit: 'binary' }), { nil: undefined })), async (values) => {
        const storable = values.map((value) => value?.replaceAll('\0', '.'))
        expect(await read(textArray(storable), 'text')).toEqual(storable.map((value) => value ?? null))
      }),
      { numRuns: 30 },
    )
  })

  it('hold truth values', async () => {
    expect(await read(boolArray([true, false, true]), 'boolean')).toEqual([true, false, true])
  })

  it('hold moments, from the first that is legal to the far future', async () => {
    const moments = [
      0,
      1,
      500.5,
      Date.UTC(1999, 11, 31),
      Date.UTC(2000, 0, 1),
      Date.UTC(2024, 1, 29, 23, 59, 59, 999),
      Date.UTC(2200, 0, 1),
    ]
    const json = (await read(timestampArray([...moments, Number.NaN]), 'timestamptz')) as (string | null)[]
    expect(json.map((text) => text && new Date(text).getTime())).toEqual([...moments.map(Math.floor), null])
    expect(epochMsFromPostgres(-1)).toBe(946_684_799_999.999)
  })

  it('can be empty', async () => {
    for (const [array, type] of [
      [int4Array([]), 'integer'],
      [textArray([]), 'text'],
      [float8Array([]), 'double precision'],
      [boolArray([]), 'boolean'],
      [timestampArray([]), 'timestamptz'],
    ] as const) {
      expect(await read(array, type)).toEqual([])
    }
  })
})
