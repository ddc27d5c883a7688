import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import { createVectorRoom, createVectorRows, type VectorRoom } from '../../src/engine/vector-room.js'
import { createArena } from '../../src/math/memory.js'
import { type RowVectors, rowVectorsOver } from '../../src/world/row-vectors.js'

const WIDTH = 16
const vectorOf = (itemNo: number): Float32Array => Float32Array.from({ length: WIDTH }, (_, at) => Math.cos(itemNo * (at + 1)))

function roomFor(itemNos: readonly number[], as: 'numbers' | 'bytes') {
  const arena = createArena(2 ** 24)
  const room = createVectorRoom(arena, { version: 'v', dimensions: WIDTH, items: itemNos.length, as })
  return { room, rows: createVectorRows(room, Int32Array.from(itemNos)), arena }
}

const vectorsIn = ({ items }: VectorRoom): RowVectors => rowVectorsOver({ version: 'v', dimensions: WIDTH, rows: items })

describe.each(['numbers', 'bytes'] as const)('the room for vectors as %s', (as) => {
  it('keeps each item’s vector in its row of the catalogue, whatever the order items come in', () => {
    const random = createRandom('rows')
    const { room, rows } = roomFor([3, 5, 9], as)
    const known = [3, 5, 9]
    const told = new Set<number>()
    for (let round = 0; round < 900; round++) {
      const itemNo = random.below(400)
      if (random.next() < 0.5) {
        rows.add([itemNo])
        if (!known.includes(itemNo)) known.push(itemNo)
        known.sort((a, b) => a - b)
      } else {
        rows.put(itemNo, vectorOf(itemNo))
        rows.putText(itemNo, vectorOf(itemNo))
        if (known.includes(itemNo)) told.add(itemNo)
      }
    }
    expect(told.size).toBeGreaterThan(20)
    known.forEach((itemNo, row) => {
      const own = vectorsIn(room).of(row)
      if (!told.has(itemNo)) {
        expect(own).toBeUndefined()
        expect(room.texts.scales[row]).toBeNaN()
        return
      }
      const expected = vectorOf(itemNo)
      for (const [at, value] of expected.entries()) expect(Math.abs(own![at]! - value)).toBeLessThan(as === 'bytes' ? 0.01 : 1e-9)
      const bytes = room.texts.bytes.subarray(row * WIDTH, (row + 1) * WIDTH)
      for (const [at, value] of expected.entries())
        expect(Math.abs(bytes[at]! * room.texts.scales[row]! - value)).toBeLessThan(0.01)
    })
  })

  it('begins without any vector, and says when it is full', () => {
    const { room, rows } = roomFor([0, 1], as)
    expect([...Array(room.capacity).keys()].every((row) => vectorsIn(room).of(row) === undefined)).toBe(true)
    expect(room.texts.scales.every(Number.isNaN)).toBe(true)
    const more = Array.from({ length: room.capacity - 2 }, (_, at) => at + 2)
    expect(rows.add(more)).toBe(true)
    expect(rows.add([0, 1, 2])).toBe(true)
    expect(rows.add([room.capacity])).toBe(false)
  })

  it('lies in memory that kernels and threads read in place', () => {
    const { room, arena } = roomFor([0], as)
    const items = room.items instanceof Float32Array ? [room.items] : [room.items.bytes, room.items.scales]
    for (const array of [...items, room.texts.bytes, room.texts.scales]) {
      expect(arena.holds(array)).toBe(true)
      expect(array.buffer).toBeInstanceOf(SharedArrayBuffer)
    }
  })
})
