import { describe, expect, it } from 'vitest'
import { emptyAdapter } from '../../src/adapters/adapter.js'
import { beginningsArtifact, beginningsOf, restoreBeginnings } from '../../src/adapters/beginnings.js'
import { decodeAdapter, encodeAdapter } from '../../src/adapters/codec.js'
import type { TierList } from '../../src/adapters/fit-tier.js'
import { learn } from '../../src/adapters/learn.js'
import { createRandom } from '../../src/domain/random.js'
import { madeUpLesson, madeUpTier } from './made-up.js'

const random = createRandom('beginnings')
const tier = madeUpTier(random)
const listOf = (user: number, liking = 1): TierList => ({ user, ...madeUpLesson(random, tier, { liking }) })

describe('where adapters begin', () => {
  it('is where lessons of the same lists, in their order, lead', () => {
    const lists = [listOf(3), listOf(3, -1), listOf(7), listOf(3)]
    const begun = beginningsOf(lists, tier)
    const own = lists.filter(({ user }) => user === 3)
    const expected = own.reduce(
      (adapter, { liking = 1, query, ...list }) => learn(adapter, { ...list, liking, query: query! }, tier, 0),
      emptyAdapter(tier.space),
    )
    expect([...begun.keys()]).toEqual([3, 7])
    expect(begun.get(3)).toEqual(expected)
    expect(begun.get(3)!.lessons).toBe(3)
  })

  it('is nowhere for somebody of whose lists none says anything', () => {
    expect(beginningsOf([listOf(1, 0)], tier).size).toBe(0)
  })

  it('survives being written down, as an adapter in 16 bits does', () => {
    const begun = beginningsOf([listOf(5), listOf(2 ** 40), listOf(2 ** 40)], tier)
    const again = restoreBeginnings(beginningsArtifact(begun))
    expect([...again.keys()]).toEqual([5, 2 ** 40])
    for (const [user, adapter] of begun) expect(again.get(user)).toEqual(decodeAdapter(encodeAdapter(adapter, 'f16')))
    expect(restoreBeginnings(beginningsArtifact(new Map())).size).toBe(0)
  })

  it('cannot be read where adapters are missing', () => {
    const artifact = beginningsArtifact(beginningsOf([listOf(1), listOf(2)], tier))
    const { users, adapters, itemNos } = artifact.arrays
    const cut = { ...artifact, arrays: { itemNos: itemNos!, users: users!, adapters: adapters!.slice(0, -1) } }
    expect(() => restoreBeginnings(cut)).toThrowError(/not of one length/)
  })
})
