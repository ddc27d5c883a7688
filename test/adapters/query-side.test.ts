import { describe, expect, it } from 'vitest'
import { allCells, querySide } from '../../src/adapters/query-side.js'

const lit = (circumstances: Parameters<typeof querySide>[1]): string[] => {
  const query = querySide({ cells: allCells }, circumstances)
  return allCells.filter((_, k) => query[k] === 1)
}

describe('the query side', () => {
  it('lights the row that always speaks, the part of the day and the device', () => {
    expect(lit({ localHour: 6, device: 'phone' })).toEqual(['always', 'daypart:morning', 'device:phone'])
    expect(lit({ localHour: 23 })).toEqual(['always', 'daypart:night'])
    expect(lit({ localHour: 4.99 })).toEqual(['always', 'daypart:night'])
    expect(lit({ localHour: 17 })).toEqual(['always', 'daypart:evening'])
  })

  it('leaves out what is unknown, and cells that the space does not have', () => {
    expect(lit({})).toEqual(['always'])
    expect(lit({ device: 'toaster' })).toEqual(['always'])
    expect([...querySide({ cells: ['always', 'device:tv'] }, { localHour: 12, device: 'phone' })]).toEqual([1, 0])
  })
})
