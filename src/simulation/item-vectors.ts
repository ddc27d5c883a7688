import type { Item } from '../domain/item.js'
import type { Random } from '../domain/random.js'
import { type EpochMs, MS_PER_DAY } from '../domain/time.js'
import type { AudienceOptions } from './audience-options.js'

/** How much each kind of word says about a title, before the vector is brought to length 1. */
const weights = { genre: 1, franchise: 0.8, theme: 0.6, director: 0.5, decade: 0.4 } as const

/**
 * Where each item lies in the space of taste:
 *
 *   vᵢ = √(1 − h) · norm( Σ_kinds w_kind · (1/√n) Σ_words e_word )  +  √h · norm( ξᵢ ),   brought to length 1
 *
 * e_word and ξᵢ are normal directions seeded by the word and by the item's id: the same in every catalogue. h is the share of
 * an item's character that its metadata does not tell. An item without any words has ξᵢ alone.
 */
export function itemVectors(
  items: readonly Item[],
  franchises: readonly (string | undefined)[],
  { tasteDimensions: dimensions, hiddenShare }: Pick<AudienceOptions, 'tasteDimensions' | 'hiddenShare'>,
  random: Random,
): Float32Array {
  const vectors = new Float32Array(items.length * dimensions) // items × dimensions
  const told = new Float64Array(dimensions)
  const directions = new Map<string, Float32Array>()
  const directionOf = (word: string): Float32Array => {
    const known = directions.get(word)
    if (known !== undefined) return known
    const direction = randomDirection(random.fork(word), dimensions)
    directions.set(word, direction)
    return direction
  }

  items.forEach((item, row) => {
    told.fill(0)
    for (const [kind, words] of wordsOf(item, franchises[row])) {
      const weight = weights[kind] / Math.sqrt(words.length)
      for (const word of words) addScaled(told, directionOf(`${kind}/${word}`), weight)
    }
    const length = Math.hypot(...told)
    const toldScale = length > 0 ? Math.sqrt(1 - hiddenShare) / length : 0
    const hiddenScale = length > 0 ? Math.sqrt(hiddenShare) : 1
    const hidden = randomDirection(random.fork(`item/${item.itemId}`), dimensions)
    const vector = vectors.subarray(row * dimensions, (row + 1) * dimensions)
    for (let d = 0; d < dimensions; d++) vector[d] = toldScale * told[d] + hiddenScale * hidden[d]
    normalise(vector)
  })
  return vectors
}

function wordsOf(item: Item, franchise: string | undefined): (readonly [keyof typeof weights, readonly string[]])[] {
  const words: (readonly [keyof typeof weights, readonly string[]])[] = []
  if (item.genres.length > 0) words.push(['genre', item.genres])
  if (franchise !== undefined) words.push(['franchise', [franchise]])
  if (item.themes.length > 0) words.push(['theme', item.themes])
  if (item.directors.length > 0) words.push(['director', item.directors])
  if (item.releasedAt !== undefined) words.push(['decade', [String(decadeOf(item.releasedAt))]])
  return words
}

const DAYS_PER_YEAR = 365.2425

/** Exact but for the hours around a New Year, which is near enough for a taste in eighties films. */
function decadeOf(releasedAt: EpochMs): number {
  const year = 1970 + Math.floor(releasedAt / (DAYS_PER_YEAR * MS_PER_DAY))
  return Math.floor(year / 10) * 10
}

/** A direction drawn evenly from the sphere. */
export function randomDirection(random: Random, dimensions: number): Float32Array {
  const direction = new Float32Array(dimensions)
  for (let d = 0; d < dimensions; d++) direction[d] = random.normal()
  normalise(direction)
  return direction
}

/** Brings a vector to length 1, in place; one of length 0 stays. */
export function normalise(vector: Float32Array): void {
  let squares = 0
  for (const x of vector) squares += x * x
  if (squares === 0) return
  const scale = 1 / Math.sqrt(squares)
  for (let d = 0; d < vector.length; d++) vector[d] *= scale
}

function addScaled(sum: Float64Array, vector: Float32Array, scale: number): void {
  for (let d = 0; d < sum.length; d++) sum[d] += scale * vector[d]
}

/** Inner product of a direction with row `row` of a matrix whose rows are as long. */
export function dotRow(direction: Float32Array, matrix: Float32Array, row: number): number {
  const dimensions = direction.length
  const start = row * dimensions
  let sum = 0
  for (let d = 0; d < dimensions; d++) sum += direction[d] * matrix[start + d]
  return sum
}
