import type { ItemId } from './ids.js'
import type { Maturity } from './maturity.js'
import type { EpochMs } from './time.js'

export const itemKinds = [
  'movie',
  'series',
  'episode',
  'track',
  'album',
  'article',
  'podcast',
  'video',
  'game',
  'book',
  'other',
] as const
export type ItemKind = (typeof itemKinds)[number]

export const offerTypes = ['subscription', 'free', 'rental', 'purchase'] as const
export type OfferType = (typeof offerTypes)[number]

/** Where, how and when an item may be seen. An item without offers may be seen everywhere, always. */
export interface Offer {
  readonly platform: string
  readonly type: OfferType
  /** ISO 3166 alpha-2, upper case. Empty: everywhere. */
  readonly regions: readonly string[]
  /** Inclusive. Absent: since ever. */
  readonly from?: EpochMs
  /** Exclusive. Absent: for ever. */
  readonly until?: EpochMs
}

export type AttributeValue = string | number | boolean

/** One title of the catalogue. Lists are empty rather than absent; what nobody said is absent. */
export interface Item {
  readonly itemId: ItemId
  readonly kind: ItemKind
  readonly title: string
  readonly description?: string
  /** Normalised by `normaliseGenres`. */
  readonly genres: readonly string[]
  readonly cast: readonly string[]
  readonly directors: readonly string[]
  readonly franchise?: string
  readonly seriesId?: ItemId
  readonly season?: number
  readonly episode?: number
  readonly themes: readonly string[]
  readonly moods: readonly string[]
  /** BCP 47, lower case. */
  readonly languages: readonly string[]
  /** ISO 3166 alpha-2, upper case, or a country's name where no code was given. */
  readonly countries: readonly string[]
  readonly releasedAt?: EpochMs
  readonly durationMinutes?: number
  readonly maturity?: Maturity
  /** 0–10. */
  readonly averageRating?: number
  readonly offers: readonly Offer[]
  readonly attributes: Readonly<Record<string, AttributeValue>>
  /** Hidden items are never recommended, and stay in histories. */
  readonly hidden: boolean
}
