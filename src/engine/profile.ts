import type { ProfileAnswer, ProfileQuery } from '../contract/profile.js'
import { clockOf } from '../domain/clock.js'
import { SonaError } from '../domain/errors.js'
import type { UserId } from '../domain/ids.js'
import { localTimes, type Profile, type ProfileOptions, profileOf } from '../features/profile.js'
import { emptyTrail, type Trail } from '../features/trail.js'
import { withScratch } from '../math/scratch.js'
import type { OpenGeneration } from './generation.js'
import { historyOf } from './rank.js'
import type { Ranking } from './ranking.js'
import { type UserStates, unknownUser } from './user-states.js'

export interface ProfileRequest extends ProfileOptions {
  readonly trail: Trail
  readonly now: number
  readonly timeZone: string
}

/** A profile, and of which encoder its preference vector is. */
export interface NumberedProfile {
  readonly profile: Profile
  readonly vectorVersion: string | undefined
}

/** Where the catalogue and the vectors are: in a ranking thread. */
export function profileIn({ trail, now, timeZone, ...options }: ProfileRequest, open: OpenGeneration): NumberedProfile {
  const { arena } = open.kernels
  return withScratch(arena, () => {
    const { catalogue, vectors } = open.snapshot()
    const { history, kept } = historyOf(trail, catalogue, now, arena)
    const occurredAt = Float64Array.from(kept, (at) => trail.occurredAt[at])
    const profile = profileOf(history, localTimes(occurredAt, clockOf(timeZone)), catalogue, vectors, options)
    return { profile, vectorVersion: vectors?.version }
  })
}

/** What is known of a user's taste. Throws USER_NOT_FOUND for somebody nobody has heard of. */
export async function answerProfile(
  userId: UserId,
  query: ProfileQuery,
  { states, ranking }: { readonly states: UserStates; readonly ranking: Ranking },
): Promise<ProfileAnswer> {
  const user = await states.get(userId)
  if (user.version === unknownUser.version) throw new SonaError('USER_NOT_FOUND', 'No user has this id.')
  const { personalisation } = user.consent
  const trail = personalisation ? user.trail : emptyTrail
  const { profile, vectorVersion } = await ranking.profile({ ...query, trail, now: Date.now() })
  const { entries, weight, preference, affinities, pattern } = profile
  return {
    userId,
    userVersion: user.version,
    personalisation,
    entries,
    weight,
    ...(preference &&
      vectorVersion !== undefined && {
        preference: { version: vectorVersion, dimensions: preference.length, vector: [...preference] },
      }),
    affinities: Object.fromEntries(
      Object.entries(affinities).map(([field, names]) => [field, [...names]]),
    ) as ProfileAnswer['affinities'],
    ...(pattern && { pattern: { hours: [...pattern.hours], weekdays: [...pattern.weekdays] } }),
  }
}
