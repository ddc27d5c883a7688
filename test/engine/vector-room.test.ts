import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import { createVectorRoom, createVectorRows } from '../../src/engine/vector-room.js'
import { createArena } from '../../src/math/memory.js'

const WIDTH = 16
const vectorOf = (itemNo: number): Float32Array => Float32Array.from({ length: WIDTH }, (_, at) => Math.cos(itemNo * (at + 1)))

function roomFor(itemNos: readonly number[]) {
  const arena = createArena(2 ** 24)
  const room = createVectorRoom(arena, 'v', WIDTH, itemNos.length)
  return { room, rows: createVectorRows(room, Int32Array.from(itemNos)), arena }
}

describe('the room for vectors', () => {
  it('keeps each item’s vector in its row of the catalogue, whatever the order items come in', () => {
    const random = createRandom('rows')
    const { room, rows } = roomFor([3, 5, 9])
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
      const own = room.values.subarray(row * WIDTH, (row + 1) * WIDTH)
      if (!told.has(itemNo)) {
        expect(own[0]).toBeNaN()
        expect(room.texts.scales[row]).toBeNaN()
        return
      }
      expect(own).toEqual(vectorOf(itemNo))
      const bytes = room.texts.bytes.subarray(row * WIDTH, (row + 1) * WIDTH)
      for (const [at, value] of own.entries()) expect(Math.abs(bytes[at]! * room.texts.scales[row]! - value)).toBeLessThan(0.01)
    })
  })

  it('begins without any vector, and says when it is full', () => {
    const { room, rows } = roomFor([0, 1])
    expect(room.values.every(Number.isNaN)).toBe(true)
    expect(room.texts.scales.every(Number.isNaN)).toBe(true)
    const more = Array.from({ length: room.capacity - 2 }, (_, at) => at + 2)
    expect(rows.add(more)).toBe(true)
    expect(rows.add([0, 1, 2])).toBe(true)
    expect(rows.add([room.capacity])).toBe(false)
  })

  it('lies in memory that kernels and threads read in place', () => {
    const { room, arena } = roomFor([0])
    for (const array of [room.values, room.texts.bytes, room.texts.scales]) {
      expect(arena.holds(array)).toBe(true)
      expect(array.buffer).toBeInstanceOf(SharedArrayBuffer)
    }
  })
})
