import { itemKinds, type Offer } from '../domain/item.js'
import { maturityRank } from '../domain/maturity.js'
import type { Query } from '../domain/query.js'
import { type Catalogue, offerOf } from '../features/catalogue.js'
import { forEachRowWith } from '../features/labels.js'
import * as bitmap from '../math/bitmap.js'
import { itemsMatching } from './filter.js'
import type { Visitor } from './visit.js'

type Admission = Pick<Visitor, 'now' | 'traits' | 'seen'>

/**
 * The items that may be recommended to this visitor, now, for this query: not hidden, not seen, not excluded, released, offered
 * here and now on a platform they can use, fit for their maturity, not of a genre they block, of a kind asked for, and matching
 * the filter. Every source honours it, so that a filter which keeps 1 % still fills the list.
 */
export function admissibleItems(query: Query, catalogue: Catalogue, visitor: Admission): bitmap.Bitmap {
  const admitted = bitmap.create(catalogue.count)
  bitmap.fill(admitted)
  const refuse = (row: number): void => bitmap.clear(admitted, row)

  for (const row of visitor.seen) refuse(row)
  for (const row of query.exclude) refuse(row)
  refuseByColumns(query, catalogue, visitor, refuse)
  if (visitor.traits.blockedGenres.length > 0) {
    forEachRowWith(catalogue.labels.genres, new Set(visitor.traits.blockedGenres), refuse)
  }
  refuseByOffers(query, catalogue, visitor, refuse)
  return query.filter === undefined ? admitted : bitmap.and(admitted, itemsMatching(query.filter, catalogue))
}

function refuseByColumns(query: Query, { count, numbers }: Catalogue, visitor: Admission, refuse: (row: number) => void): void {
  const kinds = query.kinds.length === 0 ? undefined : new Set(query.kinds.map((kind) => itemKinds.indexOf(kind)))
  const limit = visitor.traits.maxMaturity
  const maxMaturity = limit === undefined ? Number.POSITIVE_INFINITY : maturityRank(limit)
  for (let row = 0; row < count; row++) {
    const isHidden = numbers.hidden[row] === 1
    const isUnreleased = numbers.releasedAt[row] > visitor.now // false where unknown
    // With a limit set, an unrated title (−1) is not shown: a child's profile must not gamble.
    const isUnfit = numbers.maturity[row] > maxMaturity || (limit !== undefined && numbers.maturity[row] < 0)
    const isOtherKind = kinds !== undefined && !kinds.has(numbers.kind[row])
    if (isHidden || isUnreleased || isUnfit || isOtherKind) refuse(row)
  }
}

/** An item is on offer when it names no offers at all, or when one of them is open to this visitor now. */
function refuseByOffers(query: Query, { offers }: Catalogue, visitor: Admission, refuse: (row: number) => void): void {
  if (offers.names.length === 0) return
  const region = query.context.region ?? visitor.traits.region
  const platforms = query.context.platforms?.length ? query.context.platforms : visitor.traits.subscriptions
  const isOpen = Uint8Array.from(offers.names, (word) => Number(isOpenTo(offerOf(word), region, platforms, visitor.now)))
  for (let row = 0; row + 1 < offers.start.length; row++) {
    const codes = offers.codes.subarray(offers.start[row], offers.start[row + 1])
    if (codes.length > 0 && !codes.some((code) => isOpen[code] === 1)) refuse(row)
  }
}

/** An unknown region or platform rules nothing out; a free offer is open on every platform. */
function isOpenTo(offer: Offer, region: string | undefined, platforms: readonly string[], now: number): boolean {
  return (
    (offer.from === undefined || offer.from <= now) &&
    (offer.until === undefined || now < offer.until) &&
    (region === undefined || offer.regions.length === 0 || offer.regions.includes(region)) &&
    (platforms.length === 0 || offer.type === 'free' || platforms.includes(offer.platform))
  )
}
