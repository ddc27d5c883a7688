import type { Context } from './context.js'
import type { EventId, ItemId, RecommendationId, UserId } from './ids.js'
import type { EpochMs } from './time.js'

/** In storage a kind is its position here: append, never reorder. */
export const eventKinds = [
  'impression',
  'click',
  'play',
  'progress',
  'complete',
  'abandon',
  'rate',
  'like',
  'dislike',
  'dismiss',
  'watchlist',
  'search-click',
] as const
export type EventKind = (typeof eventKinds)[number]

/** A rating on the scale it was given on: 4 of 1–5 is not 4 of 0–10. */
export interface Rating {
  readonly value: number
  readonly min: number
  readonly max: number
}

/** Something a user did with an item. */
export interface Event {
  readonly eventId: EventId
  readonly userId: UserId
  readonly itemId: ItemId
  readonly kind: EventKind
  /** Share of the item that was consumed, 0–1. */
  readonly completion?: number
  readonly rating?: Rating
  readonly rewatch: boolean
  readonly occurredAt: EpochMs
  readonly context?: Context
  readonly recommendationId?: RecommendationId
}

/** Shares of an item that say how far somebody got: started < 0.3 ≤ sampled < 0.5 ≤ watched < 0.9 ≤ completed. */
export const progressSteps = { sampled: 0.3, watched: 0.5, completed: 0.9 } as const

/** 0 for the lowest value of the scale, 1 for the highest. */
export function normalisedRating(rating: Rating): number {
  return (rating.value - rating.min) / (rating.max - rating.min)
}

/**
 * Has a user who did this had enough of the item for now? Such items leave the user's recommendations.
 * Watching half of it, finishing, rating, or refusing it counts; a click, a bookmark or a short look does not.
 */
export function countsAsSeen(kind: EventKind, completion: number | undefined): boolean {
  switch (kind) {
    case 'complete':
    case 'rate':
    case 'like':
    case 'dislike':
    case 'dismiss':
      return true
    case 'play':
    case 'progress':
    case 'abandon':
      return completion !== undefined && completion >= progressSteps.watched
    default:
      return false
  }
}
