import type { Branded } from './branded.js'

/** The caller's own name for an item, kept exactly as it came in: any UTF-8, 1–512 bytes. */
export type ItemId = Branded<string, 'ItemId'>

/** The caller's own name for a user, kept exactly as it came in: any UTF-8, 1–512 bytes. */
export type UserId = Branded<string, 'UserId'>

/** The idempotency key of an event: one user's two events with the same id are one event. */
export type EventId = Branded<string, 'EventId'>

/** The name under which an answer was recorded, quoted by the events it leads to. */
export type RecommendationId = Branded<string, 'RecommendationId'>

/** The surrogate key that stands for a user everywhere behind the edge. Erasing a user changes it first. */
export type UserKey = Branded<number, 'UserKey'>

/** An item's durable number: given at first write, dense, never reused. Artifacts are written in it. */
export type ItemNo = Branded<number, 'ItemNo'>

/** An item's row number inside one Catalogue. Means nothing outside it. */
export type ItemIndex = Branded<number, 'ItemIndex'>

export const itemIndex = (row: number): ItemIndex => row as ItemIndex
export const itemNo = (number: number): ItemNo => number as ItemNo
