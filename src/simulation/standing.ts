import type { Item } from '../domain/item.js'
import type { Random } from '../domain/random.js'

/** Attributes under which catalogues say how many people rated a title, the first that is there. */
const voteAttributes = ['votes', 'voteCount', 'imdbVotes', 'numVotes', 'ratingCount'] as const

/** Softens the head of Zipf's law: without it the first title alone would take a tenth of all views. */
const ZIPF_SHIFT = 5

/** How well known and how good the titles are, before anybody's taste. */
interface Standing {
  /** Chance of being met, up to a factor. */
  readonly popularity: Float64Array
  /** How much better than most it is made, in standard deviations: what everybody enjoys more, whatever their taste. */
  readonly quality: Float32Array
}

/**
 * The standing of titles, one of `items` each. Titles are ordered by
 *
 *   share of titles with fewer votes (by chance where votes are unknown) + (averageRating − 5.5) / 10 where it is known
 *
 * and the one at rank r = 0, 1, … gets popularity (r + 1 + 5)^−skew (Zipf–Mandelbrot), so that the skew is the option's and not an
 * accident of the data. Quality is averageRating as a z-score, and a normal number seeded by the item's id where it is unknown.
 */
export function standingOf(items: readonly Item[], skew: number, random: Random): Standing {
  const votes = items.map(votesOf)
  const known = Float64Array.from(votes.filter((count) => count !== undefined)).sort()
  const luck = new Float64Array(items.length)
  const craft = new Float32Array(items.length)
  items.forEach(({ itemId }, title) => {
    const chance = random.fork(itemId)
    luck[title] = chance.next()
    craft[title] = chance.normal()
  })
  const places = Float64Array.from(items, ({ averageRating = 5.5 }, title) => {
    const count = votes[title]
    const renown = count === undefined ? luck[title] : countBelow(known, count) / known.length
    return renown + (averageRating - 5.5) / 10
  })
  const order = Uint32Array.from(items, (_, title) => title).sort((a, b) => places[b] - places[a] || a - b)
  const popularity = new Float64Array(items.length)
  order.forEach((title, rank) => {
    popularity[title] = (rank + 1 + ZIPF_SHIFT) ** -skew
  })
  return { popularity, quality: qualityOf(items, craft) }
}

function votesOf({ attributes }: Item): number | undefined {
  for (const name of voteAttributes) {
    const votes = attributes[name]
    if (typeof votes === 'number' && votes >= 0) return votes
  }
  return undefined
}

/** How many of the ascending numbers are less than `bound`. */
function countBelow(ascending: Float64Array, bound: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ascending[middle] < bound) low = middle + 1
    else high = middle
  }
  return low
}

function qualityOf(items: readonly Item[], craft: Float32Array): Float32Array {
  let count = 0
  let sum = 0
  let squares = 0
  for (const { averageRating } of items) {
    if (averageRating === undefined) continue
    count++
    sum += averageRating
    squares += averageRating ** 2
  }
  const mean = sum / count
  const deviation = Math.sqrt(Math.max(0, squares / count - mean ** 2))
  return Float32Array.from(items, ({ averageRating }, title) => {
    if (averageRating === undefined || !(deviation > 0)) return craft[title]
    return (averageRating - mean) / deviation
  })
}
