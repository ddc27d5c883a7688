import { z } from 'zod'
import { type Context, devices } from '../domain/context.js'
import { given, labelSchema, optional, regionSchema, userIdSchema } from './fields.js'
import { limits } from './limits.js'

/** IANA names seen to be good. Asking Intl costs 20 µs; a request should not pay that for the zone of the one before. */
const knownZones = new Set<string>()
const MOST_ZONES = 2_000 // spellings differ in case; a caller must not fill the memory with them

export const timeZoneSchema = z.string().refine(isTimeZone, 'must be an IANA time zone such as Europe/Berlin')

function isTimeZone(name: string): boolean {
  if (knownZones.has(name)) return true
  if (name.length > 64 || /^[+-]/.test(name)) return false
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
  } catch {
    return false // Intl's only way of saying no
  }
  if (knownZones.size < MOST_ZONES) knownZones.add(name)
  return true
}

/** The circumstances of a request or an event. Unknown fields are refused by name. */
export const contextSchema = z
  .strictObject({
    timeZone: optional(timeZoneSchema).describe('IANA name, e.g. Europe/Berlin.'),
    region: optional(regionSchema).describe('ISO 3166 alpha-2. Decides which offers count.'),
    platforms: optional(z.array(labelSchema).max(limits.listEntries)).describe('Platforms the viewer can use now. Absent: all.'),
    device: optional(z.enum(devices)),
    mood: optional(labelSchema),
    weather: optional(labelSchema),
    occasion: optional(labelSchema),
    party: optional(z.array(userIdSchema).max(limits.listEntries)).describe('Other users watching along.'),
  })
  .transform((context): Context => given(context))
