import { describe, expect, it } from 'vitest'
import { itemIndex } from '../../src/domain/ids.js'
import type { Item } from '../../src/domain/item.js'
import type { Query } from '../../src/domain/query.js'
import { noTraits, type Traits } from '../../src/domain/user.js'
import { has } from '../../src/math/bitmap.js'
import { admissibleItems } from '../../src/world/admissible.js'
import { catalogueOf, itemWith } from '../catalogue-of.js'

const now = Date.UTC(2026, 0, 1)
const anything: Query = { count: 10, context: {}, kinds: [], exclude: [], reasons: false }

function admitted(
  items: readonly Item[],
  query: Partial<Query> = {},
  traits: Partial<Traits> = {},
  seen: number[] = [],
): string[] {
  const catalogue = catalogueOf(...items)
  const bits = admissibleItems({ ...anything, ...query }, catalogue, {
    now,
    traits: { ...noTraits, ...traits },
    seen: Uint32Array.from(seen),
  })
  return items.filter((_, row) => has(bits, row)).map(({ itemId }) => itemId)
}

describe('admissibleItems', () => {
  it('admits everything when nothing speaks against it', () => {
    expect(admitted([itemWith({ itemId: 'a' }), itemWith({ itemId: 'b' })])).toEqual(['a', 'b'])
  })

  it('leaves out what is seen, excluded, hidden, or not released yet', () => {
    const items = [
      itemWith({ itemId: 'seen' }),
      itemWith({ itemId: 'excluded' }),
      itemWith({ itemId: 'hidden', hidden: true }),
      itemWith({ itemId: 'future', releasedAt: now + 1 }),
      itemWith({ itemId: 'today', releasedAt: now }),
    ]
    expect(admitted(items, { exclude: [itemIndex(1)] }, {}, [0])).toEqual(['today'])
  })

  it('keeps to the kinds that were asked for', () => {
    const items = [
      itemWith({ itemId: 'film' }),
      itemWith({ itemId: 'series', kind: 'series' }),
      itemWith({ itemId: 'song', kind: 'track' }),
    ]
    expect(admitted(items, { kinds: ['series', 'track'] })).toEqual(['series', 'song'])
  })

  it('shows nothing above the maturity limit, and nothing unrated once there is a limit', () => {
    const items = [
      itemWith({ itemId: 'all', maturity: 'all' }),
      itemWith({ itemId: '16', maturity: '16+' }),
      itemWith({ itemId: 'unrated' }),
    ]
    expect(admitted(items, {}, { maxMaturity: '13+' })).toEqual(['all'])
    expect(admitted(items)).toEqual(['all', '16', 'unrated'])
  })

  it('leaves out blocked genres', () => {
    const items = [itemWith({ itemId: 'a', genres: ['horror', 'comedy'] }), itemWith({ itemId: 'b', genres: ['comedy'] })]
    expect(admitted(items, {}, { blockedGenres: ['horror'] })).toEqual(['b'])
  })

  describe('with offers', () => {
    const items = [
      itemWith({ itemId: 'anywhere' }),
      itemWith({ itemId: 'de', offers: [{ platform: 'one', type: 'subscription', regions: ['DE'] }] }),
      itemWith({ itemId: 'fr-two', offers: [{ platform: 'two', type: 'subscription', regions: ['FR'] }] }),
      itemWith({ itemId: 'free', offers: [{ platform: 'three', type: 'free', regions: [] }] }),
      itemWith({ itemId: 'over', offers: [{ platform: 'one', type: 'subscription', regions: [], until: now }] }),
      itemWith({ itemId: 'soon', offers: [{ platform: 'one', type: 'subscription', regions: [], from: now + 1 }] }),
      itemWith({
        itemId: 'again',
        offers: [
          { platform: 'one', type: 'subscription', regions: [], until: now - 1 },
          { platform: 'one', type: 'subscription', regions: [], from: now },
        ],
      }),
    ]

    it('obeys windows even when nothing is known of the viewer', () => {
      expect(admitted(items)).toEqual(['anywhere', 'de', 'fr-two', 'free', 'again'])
    })

    it('obeys the region of the request before that of the user', () => {
      expect(admitted(items, { context: { region: 'DE' } }, { region: 'FR' })).toEqual(['anywhere', 'de', 'free', 'again'])
      expect(admitted(items, {}, { region: 'FR' })).toEqual(['anywhere', 'fr-two', 'free', 'again'])
    })

    it('obeys platforms, and lets what is free pass', () => {
      expect(admitted(items, { context: { platforms: ['two'] } })).toEqual(['anywhere', 'fr-two', 'free'])
      expect(admitted(items, {}, { subscriptions: ['one'] })).toEqual(['anywhere', 'de', 'free', 'again'])
    })
  })
})
