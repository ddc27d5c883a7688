/**
 * Simulated audience — made-up viewers of a real or made-up catalogue, for demonstrations and load tests. Never real people:
 * every user carries `attributes.simulated`, and every id begins with `sim-`.
 *
 *   title    v = √(1−h) · directions of its genres, franchise, themes, directors, decade + √h · its own         item-vectors.ts
 *            popularity = (rank by votes and rating + 6)^−skew, quality = z-score of averageRating                  standing.ts
 *   viewer   1–3 interests q = norm(centre of a cell + vector of a title in it + ½ ξ), each given up for another
 *            at `driftPerDay`: a share e^(−driftPerDay · D) of the taste is left after D days                      interests.ts
 *   when     sittings at local hours that weekday and person make likely, then title after title                   sittings.ts
 *   after    one interest a sitting, ∝ weight · e^(habits of its kind at this hour + 1 if it is its owner's time)      life.ts
 *   what     the next part (followShare), else something enjoyed again (0.02), else the one with the most appeal     choice.ts
 *            of 8 titles: by popularity alone (noise), related to the last (relatedShare), or from cells near q
 *   outcome  enjoyment = logistic(7 (best match − 0.4) + 0.4 quality + 0.5 ξ) decides how much is watched,         reaction.ts
 *            stars, thumbs, and whether a sequel follows
 *
 * The choice is a multinomial logit (McFadden, "Conditional Logit Analysis of Qualitative Choice Behavior", 1974) over a set that
 * is drawn, not scanned, which is what makes it fast. docs/simulation.md has all of it with the options.
 *
 * Cost    O(titles · cells · dimensions) once; then some 6 µs an event on 3,000 titles, more where the catalogue leaves the
 *         processor's caches. Memory: the catalogue's, and one user's events.
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
