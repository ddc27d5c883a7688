import type { Event, EventKind, Rating } from '../domain/event.js'
import { normalisedRating } from '../domain/event.js'

/**
 * How much an event says that the user wanted the item, 0–1:
 *
 *   0.4 · completion + 0.3 · rating + 0.2 if watched again − 0.5 if refused, clamped to 0–1
 *
 * Without a rating, completion stands in for it at half weight. Events that carry no completion imply the one of their kind.
 * These are defaults: `EngagementTable` holds every constant, and an operator may pass another.
 */
export interface EngagementTable {
  readonly completionWeight: number
  readonly ratingWeight: number
  /** How much of the rating's weight completion may fill in when nobody rated. */
  readonly unratedShare: number
  readonly rewatchBonus: number
  readonly refusalPenalty: number
  /** Completion that a kind of event implies when it names none. Undefined: the event says nothing about taste. */
  readonly impliedCompletion: Readonly<Record<EventKind, number | undefined>>
}

export const defaultEngagement: EngagementTable = {
  completionWeight: 0.4,
  ratingWeight: 0.3,
  unratedShare: 0.5,
  rewatchBonus: 0.2,
  refusalPenalty: 0.5,
  impliedCompletion: {
    impression: undefined,
    click: 0.1,
    play: 0.2,
    progress: 0.4,
    complete: 1,
    abandon: 0.2,
    rate: 1, // nobody rates what they have not seen
    like: 1,
    dislike: 0.5,
    dismiss: 0,
    watchlist: 0.3,
    'search-click': 0.2,
  },
}

const LIKED: Rating = { value: 1, min: 0, max: 1 }
const DISLIKED: Rating = { value: 0, min: 0, max: 1 }

/** The engagement of one event, 0–1; undefined when the event says nothing about taste (an impression). */
export function engagementOf(
  event: Pick<Event, 'kind' | 'completion' | 'rating' | 'rewatch'>,
  table: EngagementTable = defaultEngagement,
): number | undefined {
  const implied = table.impliedCompletion[event.kind]
  if (implied === undefined) return undefined
  const completion = event.completion ?? implied
  const rating = event.rating ?? (event.kind === 'like' ? LIKED : event.kind === 'dislike' ? DISLIKED : undefined)
  const rated = rating === undefined ? table.unratedShare * completion : normalisedRating(rating)
  const refused = event.kind === 'dismiss' || event.kind === 'dislike'
  const engagement =
    table.completionWeight * completion +
    table.ratingWeight * rated +
    (event.rewatch ? table.rewatchBonus : 0) -
    (refused ? table.refusalPenalty : 0)
  return Math.min(1, Math.max(0, engagement))
}
