import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import { createDatasetBuilder, restrictToActive } from '../../src/features/dataset-builder.js'

const LATER = 1000
const itemNos = Int32Array.from([2, 3, 5, 7])

type Entry = readonly [user: number, item: number, engagement: number, day: number]

function datasetOf(entries: readonly Entry[], asOfDay = LATER) {
  const builder = createDatasetBuilder(itemNos)
  for (const entry of entries) builder.add(...entry)
  return builder.build({ asOfDay })
}

describe('the dataset builder', () => {
  it('groups by user and orders by day', () => {
    const data = datasetOf([
      [1, 0, 0.5, 9],
      [0, 1, 0.25, 4],
      [1, 2, 1, 3],
      [0, 3, 0.75, 2],
    ])
    expect(data).toMatchObject({ userCount: 2, itemCount: 4, asOfDay: LATER, itemNos })
    expect([...data.start]).toEqual([0, 2, 4])
    expect([...data.items]).toEqual([3, 1, 2, 0])
    expect([...data.engagement]).toEqual([0.75, 0.25, 1, 0.5])
    expect([...data.days]).toEqual([2, 4, 3, 9])
  })

  it('keeps the order of arrival where days are equal, also among days that are not', () => {
    const data = datasetOf([
      [0, 3, 1, 5],
      [0, 1, 1, 5],
      [0, 0, 1, 4],
      [0, 2, 1, 5],
    ])
    expect([...data.items]).toEqual([0, 3, 1, 2])
  })

  it('orders as a plain stable sort does, for any data', () => {
    const random = createRandom('builder')
    const entries: Entry[] = Array.from({ length: 5000 }, () => [
      random.below(40),
      random.below(4),
      Math.fround(random.next()),
      random.below(30),
    ])
    const data = datasetOf(entries)
    const expected: Entry[] = []
    for (let user = 0; user < 40; user++) {
      let last: Entry | undefined
      for (const entry of entries.filter((e) => e[0] === user).sort((a, b) => a[3] - b[3])) {
        if (last?.[0] === user && last[1] === entry[1]) {
          last = [user, entry[1], Math.max(last[2], entry[2]), entry[3]]
          expected[expected.length - 1] = last
        } else {
          last = entry
          expected.push(entry)
        }
      }
    }
    expect([...data.items]).toEqual(expected.map((e) => e[1]))
    expect([...data.engagement]).toEqual(expected.map((e) => e[2]))
    expect([...data.days]).toEqual(expected.map((e) => e[3]))
  })

  it('merges neighbours on one item into one visit, with the latest day and the highest engagement', () => {
    const data = datasetOf([
      [0, 2, 0.25, 1],
      [0, 2, 1, 2],
      [0, 2, 0.5, 3],
      [0, 1, 0.5, 4],
      [0, 2, 0.125, 5],
      [1, 2, 0.25, 0],
    ])
    expect([...data.start]).toEqual([0, 3, 4])
    expect([...data.items]).toEqual([2, 1, 2, 2])
    expect([...data.engagement]).toEqual([1, 0.5, 0.125, 0.25])
    expect([...data.days]).toEqual([3, 4, 5, 0])
  })

  it('leaves out what happened on its own date or later', () => {
    const data = datasetOf(
      [
        [0, 0, 1, 9],
        [0, 1, 1, 10],
        [0, 2, 1, 11],
      ],
      10,
    )
    expect([...data.items]).toEqual([0])
  })

  it('counts users without entries, and stands being empty', () => {
    expect([...datasetOf([[2, 0, 1, 1]]).start]).toEqual([0, 0, 0, 1])
    const empty = datasetOf([])
    expect(empty).toMatchObject({ userCount: 0, itemCount: 4 })
    expect([...empty.start]).toEqual([0])
  })

  it('can go on after building', () => {
    const builder = createDatasetBuilder(itemNos)
    builder.add(0, 0, 1, 1)
    const first = builder.build({ asOfDay: LATER })
    builder.add(0, 1, 1, 2)
    expect([...builder.build({ asOfDay: LATER }).items]).toEqual([0, 1])
    expect([...first.items]).toEqual([0])
  })

  it('names equal content equally, and any other differently', () => {
    const entries: Entry[] = [
      [0, 0, 1, 1],
      [1, 1, 0.5, 2],
    ]
    const name = datasetOf(entries).fingerprint
    expect(datasetOf([...entries].reverse()).fingerprint).toBe(name)
    const others = [
      datasetOf(entries.slice(1)),
      datasetOf(entries, LATER + 1),
      datasetOf([[0, 0, 1, 1.5], entries[1]!]),
      datasetOf([[0, 0, 0.5, 1], entries[1]!]),
      datasetOf([[0, 1, 1, 1], entries[1]!]),
      datasetOf([[2, 0, 1, 1], entries[1]!]),
    ].map((data) => data.fingerprint)
    expect(new Set([name, ...others]).size).toBe(others.length + 1)
  })

  it('refuses what no caller should send', () => {
    const builder = createDatasetBuilder(itemNos)
    expect(() => builder.add(0, 4, 1, 1)).toThrow(/item row/)
    expect(() => builder.add(0, 0, Number.NaN, 1)).toThrow(/engagement/)
    expect(() => builder.add(0, 0, 1, Number.POSITIVE_INFINITY)).toThrow(/day/)
    expect(() => builder.add(-1, 0, 1, 1)).toThrow(/user/)
    expect(() => createDatasetBuilder(Int32Array.from([3, 2]))).toThrow(/ascend/)
  })

  it('builds a million entries, users mixed as they came, within a second of processor time', () => {
    const random = createRandom('million')
    const builder = createDatasetBuilder(Int32Array.from({ length: 4000 }, (_, item) => item))
    for (let entry = 0; entry < 1_000_000; entry++) builder.add(random.below(6000), random.below(4000), 1, entry / 1000)
    const before = process.cpuUsage()
    builder.build({ asOfDay: 1001 })
    const { user, system } = process.cpuUsage(before)
    expect((user + system) / 1000).toBeLessThan(1000) // measured: 110 ms
  })
})

describe('restrictToActive', () => {
  it('drops items without entries and keeps the durable numbers', () => {
    const data = restrictToActive(
      datasetOf([
        [0, 3, 1, 1],
        [0, 1, 0.5, 2],
      ]),
    )
    expect(data.itemCount).toBe(2)
    expect([...data.itemNos]).toEqual([3, 7])
    expect([...data.items]).toEqual([1, 0])
  })

  it('returns the dataset itself when every item is active', () => {
    const data = datasetOf([0, 1, 2, 3].map((item) => [0, item, 1, item]))
    expect(restrictToActive(data)).toBe(data)
  })
})
