import { describe, expect, it } from 'vitest'
import { createClaimSize } from '../../src/jobs/claim-size.js'

describe('the size of a claim', () => {
  it('doubles while users are quick, up to 64', () => {
    const size = createClaimSize()
    const sizes = Array.from({ length: 7 }, () => {
      const now = size.users
      size.took(now, now) // a millisecond each
      return now
    })
    expect(sizes).toEqual([2, 4, 8, 16, 32, 64, 64])
  })

  it('becomes as many users as take a tenth of a second, and one at least', () => {
    const size = createClaimSize()
    size.took(2, 50)
    expect(size.users).toBe(4)
    size.took(4, 160)
    expect(size.users).toBe(3)
    size.took(3, 3_000)
    expect(size.users).toBe(1)
    size.took(1, 20)
    expect(size.users).toBe(2)
  })

  it('learns nothing from a claim that found nobody', () => {
    const size = createClaimSize()
    size.took(0, 500)
    expect(size.users).toBe(2)
  })
})
