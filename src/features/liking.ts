import type { Event } from '../domain/event.js'
import { normalisedRating, progressSteps } from '../domain/event.js'
import { engagementOf } from './engagement.js'

/** A rating in the lowest third of its scale says no: 1 and 2 of 5 stars. */
const REFUSED_BELOW = 1 / 3

/**
 * What an event says for or against its title, −1 to 1: what is above 0 was taken, what is below was refused. Engagement
 * (engagement.ts) alone cannot say it, for half a film that nobody rated and a whole one with a single star are much the same there.
 *
 *   dislike, dismiss             −1
 *   rated in the lowest third    2 · rating − 1, of a rating from 0 to 1: −1 for one star of five, −0.5 for two
 *   given up before the half     completion − 0.5
 *   anything else                its engagement
 *
 * Undefined when the event says nothing about taste (an impression).
 */
export function likingOf(event: Pick<Event, 'kind' | 'completion' | 'rating' | 'rewatch'>): number | undefined {
  const { kind, completion, rating } = event
  if (kind === 'dislike' || kind === 'dismiss') return -1
  if (rating !== undefined && normalisedRating(rating) < REFUSED_BELOW) return 2 * normalisedRating(rating) - 1
  if (kind === 'abandon' && completion !== undefined && completion < progressSteps.watched)
    return completion - progressSteps.watched
  return engagementOf(event)
}
