import type { Item, Offer } from '../domain/item.js'
import type { EpochMs } from '../domain/time.js'

/**
 * When and where each item is on offer, flat: a viewer looks at dozens of titles for each one watched, and following item objects
 * to their offers took half of all time on a catalogue of 10,000.
 */
export interface OfferWindows {
  /** Windows of item i are start[i] … start[i + 1] − 1. None: on offer everywhere, always. */
  readonly start: Uint32Array
  /** One bit for each region of the audience. */
  readonly regions: Uint32Array
  readonly from: Float64Array
  readonly until: Float64Array
}

/** As many regions as a window has bits for. */
export const MAX_REGIONS = 32

export function offerWindowsOf(items: readonly Item[], regions: readonly string[]): OfferWindows {
  const start = new Uint32Array(items.length + 1)
  items.forEach(({ offers }, item) => {
    start[item + 1] = start[item] + offers.length
  })
  const count = start[items.length]
  const windows = { start, regions: new Uint32Array(count), from: new Float64Array(count), until: new Float64Array(count) }
  items.forEach(({ offers }, item) => {
    offers.forEach((offer, place) => {
      windows.regions[start[item] + place] = regionBits(offer, regions)
      windows.from[start[item] + place] = offer.from ?? Number.NEGATIVE_INFINITY
      windows.until[start[item] + place] = offer.until ?? Number.POSITIVE_INFINITY
    })
  })
  return windows
}

function regionBits(offer: Offer, regions: readonly string[]): number {
  if (offer.regions.length === 0) return 0xffff_ffff
  return regions.reduce((bits, region, bit) => (offer.regions.includes(region) ? bits | (1 << bit) : bits), 0)
}

/** Whether an item is on offer in the region of this bit. */
export function isOnOffer({ start, regions, from, until }: OfferWindows, item: number, regionBit: number, at: EpochMs): boolean {
  if (start[item] === start[item + 1]) return true
  for (let window = start[item]; window < start[item + 1]; window++) {
    if ((regions[window] & regionBit) !== 0 && from[window] <= at && at < until[window]) return true
  }
  return false
}
