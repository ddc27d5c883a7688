import { devices } from '../domain/context.js'

/** What is known of one entry beside who, what and when. */
export interface EntryDetail {
  /** −1 to 1, see liking.ts. */
  readonly liking: number
  /** One of `devices`; others are not kept. */
  readonly device?: string
  /** Hour of the day by the user's own clocks, 0–23. */
  readonly localHour?: number
}

/**
 * The details of every entry of a dataset, a few bytes each. Models do not read them: they are for what learns from single events,
 * and they are not part of a dataset's fingerprint.
 */
export interface EntryDetails {
  readonly liking: Float32Array
  /** Place in `devices` + 1; 0: nobody said. */
  readonly device: Uint8Array
  /** 255: nobody said. */
  readonly localHour: Uint8Array
}

export const NO_HOUR = 255

export function createDetails(length: number): EntryDetails {
  return {
    liking: new Float32Array(length),
    device: new Uint8Array(length),
    localHour: new Uint8Array(length).fill(NO_HOUR),
  }
}

export function setDetail(details: EntryDetails, entry: number, { liking, device, localHour }: EntryDetail): void {
  details.liking[entry] = liking
  details.device[entry] = (devices as readonly string[]).indexOf(device ?? '') + 1
  details.localHour[entry] = localHour === undefined ? NO_HOUR : Math.floor(localHour)
}

/** Copies the details of one entry to a place of another column set. */
export function copyDetail(from: EntryDetails, entry: number, to: EntryDetails, place: number): void {
  to.liking[place] = from.liking[entry]
  to.device[place] = from.device[entry]
  to.localHour[place] = from.localHour[entry]
}

/** The details of the first entries. */
export function shortened({ liking, device, localHour }: EntryDetails, length: number): EntryDetails {
  return { liking: liking.slice(0, length), device: device.slice(0, length), localHour: localHour.slice(0, length) }
}

/** The device and the hour of an entry, as far as they are known. */
export function circumstancesAt(details: EntryDetails | undefined, entry: number): Omit<EntryDetail, 'liking'> {
  if (details === undefined) return {}
  const device = devices[details.device[entry] - 1]
  const localHour = details.localHour[entry]
  return { ...(device && { device }), ...(localHour !== NO_HOUR && { localHour }) }
}
