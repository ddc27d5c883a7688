/**
 * Simulated audience — made-up viewers of a real or made-up catalogue, for demonstrations and load tests. Never real people:
 * every user carries `attributes.simulated`, and every id begins with `sim-`.
 *
 *   item i     vᵢ = √(1−h) · directions of its genres, franchise, themes, directors, decade + √h · its own direction   item-vectors.ts
 *   standing   popularity ∝ (rank by votes and rating + 6)^−skew;  quality = z-score of averageRating                  standing.ts
 *   viewer     1–3 interests q = norm(centre of a cell + vector of a title in it + ½ ξ); each is given up at `driftPerDay`
 *              and replaced: E⟨taste now, taste D days ago⟩ falls as e^(−driftPerDay · D)                              interests.ts
 *   when       sittings at local hours that weekday and person make likely; after one, next parts follow back to back  sittings.ts
 *   in it      one interest, with chance ∝ weight · e^(1.2 · habit strength) if this is its part of the week
 *   what       next episode or sequel (followShare) · something already enjoyed (0.02) · by popularity alone (noise) ·
 *              else a shelf of 8 titles, related to the last one (relatedShare) or from cells near the interest, and
 *              of these one with chance ∝ exp(appeal)                                                                  choice.ts
 *   outcome    enjoyment = logistic(match with the best interest, quality, mood); it decides how much is watched,
 *              stars, thumbs, and whether the next episode follows                                                     reaction.ts
 *
 * The choice is a multinomial logit over a consideration set (McFadden, "Conditional logit analysis of qualitative choice
 * behavior", 1974); the set is drawn rather than scanned, as in sampled-softmax proposals, which is what makes it fast.
 *
 * Cost    O(items · (dimensions · cells)) once; then a few microseconds an event, whatever the catalogue's size. Memory: the
 *         catalogue's, plus one user's events.
 * Choose  to show, to load, to test that a habit which is there is found.
 * Avoid   as evidence of accuracy: a model that wins here has learned this file. Only real data can say more.
 */
import type { UserId } from '../domain/ids.js'
import type { Item } from '../domain/item.js'
import type { Random } from '../domain/random.js'
import { fullConsent, noTraits } from '../domain/user.js'
import { type AudienceOptions, audienceOptions } from './audience-options.js'
import { landscapeOf } from './landscape.js'
import { livesIn, type SimulatedUser } from './life.js'

/**
 * Users [firstUser, firstUser + users) of the audience that `random` stands for, one at a time, each with all events. User n is
 * the same whatever the range, so that ranges can be made apart, on several threads. May be iterated over again, with the same
 * result. With nothing to watch, users come without events. Throws INVALID_REQUEST for an option outside its range.
 */
export function simulateAudience(
  items: readonly Item[],
  given: Partial<AudienceOptions> & Pick<AudienceOptions, 'until'>,
  random: Random,
): Iterable<SimulatedUser> {
  const options = audienceOptions(given)
  const landscape = landscapeOf(items, options, random.fork('landscape'))
  return {
    *[Symbol.iterator]() {
      const live = landscape === undefined ? idle : livesIn(landscape, options)
      for (let n = options.firstUser; n < options.firstUser + options.users; n++) {
        const userId = `sim-user-${String(n).padStart(6, '0')}` as UserId
        yield live(userId, random.fork(userId))
      }
    },
  }
}

/** A user of an empty catalogue. */
function idle(userId: UserId): SimulatedUser {
  return { user: { userId, traits: { ...noTraits, attributes: { simulated: true } }, consent: fullConsent }, events: [] }
}
