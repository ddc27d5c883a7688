import { z } from 'zod'
import { eventSchema } from './event.js'
import { limits } from './limits.js'
import { bodyErrors, type Route, storageErrors } from './route.js'

/** The body of POST /v1/events in its three forms: an event, `{ events: [...] }`, or a list of events. */
const eventsRequestSchema = z.union([
  eventSchema,
  z.strictObject({ events: z.array(eventSchema).min(1).max(limits.eventsPerRequest) }),
  z.array(eventSchema).min(1).max(limits.eventsPerRequest),
])

/** The same body when only its outside is judged: the events in it, as they came. Each is then judged alone. */
export const eventListSchema = z.preprocess(
  (body) => (isSingleEvent(body) ? { events: [body] } : Array.isArray(body) ? { events: body } : body),
  z
    .strictObject({ events: z.array(z.unknown()).min(1).max(limits.eventsPerRequest) })
    .transform((body): readonly unknown[] => body.events),
)

const isSingleEvent = (body: unknown): boolean =>
  typeof body === 'object' && body !== null && !Array.isArray(body) && !Object.hasOwn(body, 'events')

export const eventResultSchema = z.strictObject({
  index: z.int().describe('The event’s place in the request, from 0.'),
  eventId: z
    .string()
    .optional()
    .describe('The event’s id; a random one if it came without. Absent only when the id itself was faulty.'),
  status: z.enum(['accepted', 'duplicate', 'rejected']),
  code: z.enum(['INVALID_EVENT', 'ITEM_NOT_FOUND']).optional(),
  message: z.string().optional().describe('Why it was rejected.'),
  userVersion: z
    .int()
    .optional()
    .describe('The user’s version after this request. Send it as minVersion to be sure that an answer knows the event.'),
})

export const eventsAnswerSchema = z.strictObject({
  accepted: z.int().describe('Stored now, and known to the user’s next answer.'),
  duplicates: z.int().describe('Stored before under the same id; nothing changed.'),
  rejected: z.int(),
  results: z.array(eventResultSchema).describe('One for each event, in order.'),
})

export type EventResult = z.output<typeof eventResultSchema>
export type EventsAnswer = z.output<typeof eventsAnswerSchema>

export const appendEvents = {
  name: 'appendEvents',
  tag: 'Events',
  method: 'POST',
  path: '/v1/events',
  scope: 'write',
  summary: 'Tell what users did',
  description: `One event, or up to ${limits.eventsPerRequest.toLocaleString('en')} as \`{ "events": [...] }\` or as a list. Each is judged alone: a faulty one never takes others with it. An accepted event is stored and changes that user’s very next answer. Sending an event again with the same \`eventId\` does no harm; an event without one gets a random id, so that sending *that* again counts twice.`,
  body: {
    type: 'application/json',
    schema: eventsRequestSchema,
    judged: 'by-part',
    example: { eventId: 'play-0001', userId: 'ann', itemId: 'alien-1979', kind: 'complete', completion: 1 },
  },
  answer: {
    type: 'application/json',
    description: 'How each event was judged. Also when all were rejected.',
    schema: eventsAnswerSchema,
    form: 'output',
    example: {
      accepted: 1,
      duplicates: 0,
      rejected: 0,
      results: [{ index: 0, eventId: 'play-0001', status: 'accepted', userVersion: 13 }],
    },
  },
  errors: [...bodyErrors, ...storageErrors],
} as const satisfies Route
