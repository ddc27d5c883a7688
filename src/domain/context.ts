/** What people watch on. */
export const devices = ['tv', 'desktop', 'tablet', 'phone', 'console', 'speaker', 'car', 'other'] as const
export type Device = (typeof devices)[number]

/** The circumstances of a request or an event, as the caller knows them. */
export interface Context {
  /** IANA name, e.g. `Europe/Berlin`. */
  readonly timeZone?: string
  /** ISO 3166 alpha-2, upper case. Decides which offers count. */
  readonly region?: string
  /** Platforms the viewer can use now. Empty or absent: all. */
  readonly platforms?: readonly string[]
  readonly device?: Device
  readonly mood?: string
  readonly weather?: string
  readonly occasion?: string
  /** Other users watching along. */
  readonly party?: readonly string[]
}
