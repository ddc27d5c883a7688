import type { UserId } from './ids.js'
import type { Maturity } from './maturity.js'

/** What a user told us, or the operator knows. Everything is optional; lists are empty rather than absent. */
export interface Traits {
  readonly chosenGenres: readonly string[]
  readonly blockedGenres: readonly string[]
  readonly ageRange?: string
  readonly gender?: string
  /** ISO 3166 alpha-2, upper case. */
  readonly region?: string
  readonly languages: readonly string[]
  /** Platforms the user pays for. Empty: unknown, and no offer is ruled out. */
  readonly subscriptions: readonly string[]
  readonly maxMaturity?: Maturity
  readonly attributes: Readonly<Record<string, string | number | boolean>>
}

/** What a user allows. Both default to true; both are obeyed where data is read, not where it is shown. */
export interface Consent {
  /** May the user's events teach models that others see? */
  readonly training: boolean
  /** May the user's own events shape the user's own answers? */
  readonly personalisation: boolean
}

export interface User {
  readonly userId: UserId
  readonly traits: Traits
  readonly consent: Consent
}

export const noTraits: Traits = { chosenGenres: [], blockedGenres: [], languages: [], subscriptions: [], attributes: {} }
export const fullConsent: Consent = { training: true, personalisation: true }
