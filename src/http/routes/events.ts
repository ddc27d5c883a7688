import { randomUUID } from 'node:crypto'
import type { FastifyInstance } from 'fastify'
import { parseEvent } from '../../contract/event.js'
import { appendEvents, type EventResult, type EventsAnswer, eventListSchema } from '../../contract/events.js'
import { eventIdSchema } from '../../contract/fields.js'
import { parseWith } from '../../contract/problems.js'
import { assert } from '../../domain/errors.js'
import type { Event } from '../../domain/event.js'
import type { EventId } from '../../domain/ids.js'
import type { EpochMs } from '../../domain/time.js'
import type { Sona } from '../../sona.js'
import type { EventAppend } from '../../storage/store.js'
import { describe, invalid } from '../failure.js'
import { mount } from '../mount.js'
import type { ServerParts } from '../server-parts.js'

export function eventRoutes(server: FastifyInstance, { sona, metrics }: ServerParts): void {
  mount(server, appendEvents, async ({ body }) => {
    const parsed = parseWith(eventListSchema, body)
    if (!parsed.ok) throw invalid('INVALID_REQUEST', parsed.problems, 'The body')
    const answer = await judge(parsed.value, Date.now(), sona)
    metrics.eventsJudged(answer)
    return answer
  })
}

/** Stores what can be stored, in one write, and says of each event how it fared. */
async function judge(inputs: readonly unknown[], now: EpochMs, sona: Sona): Promise<EventsAnswer> {
  const read = inputs.map((input, index) => readEvent(input, index, now))
  const events = read.flatMap((one) => ('event' in one ? one.event : []))
  const append: EventAppend = events.length > 0 ? await sona.events.append(events) : { receipts: [], versions: new Map() }

  let stored = 0
  const results = read.map((one, index) => ('event' in one ? resultOf(index, one.event, append, stored++) : one.rejected))
  const count = (status: EventResult['status']): number => results.filter((result) => result.status === status).length
  return { accepted: count('accepted'), duplicates: count('duplicate'), rejected: count('rejected'), results }
}

function resultOf(index: number, event: Event, { receipts, versions }: EventAppend, position: number): EventResult {
  const receipt = receipts[position]
  assert(receipt !== undefined, 'one receipt for each event')
  const { eventId, userId } = event
  if (receipt.result === 'item-not-found') {
    return { index, eventId, status: 'rejected', code: 'ITEM_NOT_FOUND', message: 'No item has this id. Write the item first.' }
  }
  const userVersion = versions.get(userId)
  return { index, eventId, status: receipt.result, ...(userVersion !== undefined && { userVersion }) }
}

/** The event with what the edge gives it, or why there is none. */
function readEvent(input: unknown, index: number, now: EpochMs): { readonly event: Event } | { readonly rejected: EventResult } {
  const parsed = parseEvent(input, now)
  if (parsed.ok) return { event: { ...parsed.value, eventId: parsed.value.eventId ?? (randomUUID() as EventId) } }
  const message = describe(parsed.problems, 'The event')
  return { rejected: { index, ...givenId(input), status: 'rejected', code: 'INVALID_EVENT', message } }
}

/** The id of an event that is faulty otherwise, so that the caller finds it again. */
function givenId(input: unknown): { readonly eventId?: string } {
  if (typeof input !== 'object' || input === null || !('eventId' in input)) return {}
  const parsed = parseWith(eventIdSchema, input.eventId)
  return parsed.ok ? { eventId: parsed.value } : {}
}
