import { z } from 'zod'
import { type Event, eventKinds, type Rating } from '../domain/event.js'
import type { EventId } from '../domain/ids.js'
import { type EpochMs, FUTURE_TOLERANCE_MS } from '../domain/time.js'
import { contextSchema } from './context.js'
import {
  eventIdSchema,
  given,
  itemIdSchema,
  optional,
  recommendationIdSchema,
  streamInstantSchema,
  userIdSchema,
} from './fields.js'
import { type Parsed, parseWith } from './problems.js'

/** The scale of a rating that is given as a number alone: 1–5, the one most catalogues use. */
export const defaultRatingScale = { min: 1, max: 5 } as const

const finite = z.number() // zod's numbers are finite: neither NaN nor Infinity

/** A rating on its scale, or a number alone, which is on `defaultRatingScale`. */
export const ratingSchema = z
  .union([
    finite.transform((value): Rating => ({ value, ...defaultRatingScale })),
    z.strictObject({ value: finite, min: finite, max: finite }),
  ])
  .superRefine(({ value, min, max }, issues) => {
    if (min >= max) issues.addIssue({ code: 'custom', path: ['max'], message: 'must be more than min' })
    else if (value < min || value > max) {
      issues.addIssue(`must lie on its scale, ${min}–${max}; send { value, min, max } for another scale`)
    }
  })
  .describe('{ value, min, max }, or a number alone on the scale 1–5.')

/** An event as it comes in. What it lacks the edge gives it: an id from chance, and the time of arrival. */
export interface IncomingEvent extends Omit<Event, 'eventId' | 'occurredAt'> {
  readonly eventId?: EventId
  readonly occurredAt?: EpochMs
}

/** An event as it comes in. Unknown fields are refused by name; `null` means absent. */
export const eventSchema = z
  .strictObject({
    eventId: optional(eventIdSchema),
    userId: userIdSchema,
    itemId: itemIdSchema,
    kind: z.enum(eventKinds),
    completion: optional(z.number().min(0).max(1)).describe('Share of the item that was consumed, 0–1.'),
    rating: optional(ratingSchema),
    rewatch: optional(z.boolean()),
    occurredAt: optional(streamInstantSchema).describe('ISO 8601 or milliseconds since 1970. Default: now.'),
    context: optional(contextSchema),
    recommendationId: optional(recommendationIdSchema),
  })
  .superRefine((event, issues) => {
    if (event.kind === 'rate' && event.rating == null) {
      issues.addIssue({ code: 'custom', path: ['rating'], message: 'is required for an event of kind rate' })
    }
  })
  .transform((event): IncomingEvent => ({ ...given(event), rewatch: event.rewatch ?? false }))

/** An event whose time is known; its id may still be missing. */
export type TimedEvent = Omit<Event, 'eventId'> & { readonly eventId?: EventId }

/** An event from outside as Sona knows it, or everything that is wrong with it. `now` is when it arrived. */
export function parseEvent(input: unknown, now: EpochMs): Parsed<TimedEvent> {
  const parsed = parseWith(eventSchema, input)
  return parsed.ok ? timed(parsed.value, now) : parsed
}

/** The event with its time: the one it names, unless that lies in the future, else `now`. */
export function timed(event: IncomingEvent, now: EpochMs): Parsed<TimedEvent> {
  const occurredAt = event.occurredAt ?? now
  const problem = futureProblem(occurredAt, now)
  if (problem !== undefined) return { ok: false, problems: [{ field: 'occurredAt', message: problem }] }
  return { ok: true, value: { ...event, occurredAt } }
}

/** What is wrong with a time that lies too far ahead of `now`; undefined when it does not. */
export function futureProblem(occurredAt: EpochMs, now: EpochMs): string | undefined {
  return occurredAt > now + FUTURE_TOLERANCE_MS ? 'must not lie more than a day in the future' : undefined
}

/** An event as the API answers with it and as export writes it: dates as ISO 8601. `parseEvent` reads it back unchanged. */
export function eventToJson(event: Event) {
  return { ...event, occurredAt: new Date(event.occurredAt).toISOString() }
}
