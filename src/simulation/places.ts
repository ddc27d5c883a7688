/** Where a part of the audience lives. */
export interface Place {
  /** ISO 3166 alpha-2. */
  readonly region: string
  /** IANA name. */
  readonly timeZone: string
  /** BCP 47. */
  readonly language: string
  /** Share of the audience, up to a factor. */
  readonly share: number
}

/** Eleven places on five continents, so that what is local is not the server's. The shares are ours. */
export const somePlaces: readonly Place[] = [
  { region: 'US', timeZone: 'America/New_York', language: 'en', share: 0.18 },
  { region: 'US', timeZone: 'America/Chicago', language: 'en', share: 0.1 },
  { region: 'US', timeZone: 'America/Los_Angeles', language: 'en', share: 0.1 },
  { region: 'GB', timeZone: 'Europe/London', language: 'en', share: 0.12 },
  { region: 'DE', timeZone: 'Europe/Berlin', language: 'de', share: 0.12 },
  { region: 'FR', timeZone: 'Europe/Paris', language: 'fr', share: 0.1 },
  { region: 'BR', timeZone: 'America/Sao_Paulo', language: 'pt', share: 0.08 },
  { region: 'IN', timeZone: 'Asia/Kolkata', language: 'en', share: 0.08 },
  { region: 'JP', timeZone: 'Asia/Tokyo', language: 'ja', share: 0.06 },
  { region: 'NG', timeZone: 'Africa/Lagos', language: 'en', share: 0.03 },
  { region: 'AU', timeZone: 'Australia/Sydney', language: 'en', share: 0.03 },
]
