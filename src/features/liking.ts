import type { Event } from '../domain/event.js'
import { normalisedRating, progressSteps } from '../domain/event.js'
import { engagementOf } from './engagement.js'

/** 1 and 2 of 5 stars. */
const REGRETTED_BELOW = 1 / 3

/**
 * What an event says for or against its title, −1 to 1: what is above 0 was taken, what is below was refused, 0 teaches nothing.
 *
 *   dislike, dismiss             −1
 *   given up before the half     completion − 0.5
 *   rated in the lowest third    0: it was chosen, and regretted
 *   anything else                1
 *
 * What is learned from is a choice, and a choice was made or not: weighed by engagement (0.55 to 0.7 for most), or with low ratings as
 * refusals, adapters predicted worse what people take next (docs/adr/0026-what-adapters-are-worth.md). Undefined when the event says nothing about
 * taste (an impression).
 */
export function likingOf(event: Pick<Event, 'kind' | 'completion' | 'rating' | 'rewatch'>): number | undefined {
  const { kind, completion, rating } = event
  if (kind === 'dislike' || kind === 'dismiss') return -1
  if (kind === 'abandon' && completion !== undefined && completion < progressSteps.watched)
    return completion - progressSteps.watched
  if (rating !== undefined && normalisedRating(rating) < REGRETTED_BELOW) return 0
  return engagementOf(event) === undefined ? undefined : 1
}
