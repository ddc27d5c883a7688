import type { Random } from '../domain/random.js'
import { type EpochMs, MS_PER_DAY } from '../domain/time.js'
import { type AudienceOptions, spanStart } from './audience-options.js'
import { type Cells, drawMember, reachOf } from './cells.js'
import { cumulate, drawIndex } from './cumulative.js'
import { DAYPARTS } from './dayparts.js'
import { normalise, randomDirection } from './item-vectors.js'
import type { Landscape } from './landscape.js'

/** One of the things a viewer likes. */
export interface Interest {
  /** Unit vector: titles that lie this way are enjoyed. */
  readonly direction: Float32Array
  /** How often it leads to each cell, up to a factor. */
  readonly reach: Float64Array
  /** The title it grew out of. */
  readonly anchor: number
  readonly weight: number
  /** The part of the week in which it is mostly followed. */
  readonly daypart: number
  /** When it is given up for another. */
  readonly until: EpochMs
}

export const ageRanges = ['18-24', '25-34', '35-49', '50-64', '65+'] as const

/** For each age range, how often its people's interests start in each cell, as running sums. */
export type StartingPoints = readonly Float64Array[]

/** Cells attract by √mass, so that not all like the mainstream, times e^{0.7 ξ} for each age and cell. */
export function startingPointsOf({ mass }: Cells, random: Random): StartingPoints {
  return ageRanges.map(() => cumulate(mass.map((weight) => Math.sqrt(weight) * Math.exp(0.7 * random.normal()))))
}

/** How far a person's interest strays from the two it is made of: the neighbourhood and the title it grew out of. */
const OWN_SHARE = 0.5

/** A new interest: norm( centre of a cell + vector of one of its titles + ½ a direction of one's own ). */
export function drawInterest(
  landscape: Landscape,
  age: number,
  from: EpochMs,
  options: AudienceOptions,
  random: Random,
): Interest {
  const { cells, dimensions, vectors } = landscape
  const cell = drawIndex(landscape.startingPoints[age], random)
  const anchor = drawMember(cells, cell, random)
  const direction = randomDirection(random, dimensions)
  for (let d = 0; d < dimensions; d++) {
    direction[d] = OWN_SHARE * direction[d] + cells.centres[cell * dimensions + d] + vectors[anchor * dimensions + d]
  }
  normalise(direction)
  return {
    direction,
    reach: reachOf(direction, cells),
    anchor,
    weight: 0.5 + random.next(),
    daypart: drawDaypart(landscape.habits, anchor, options.habitStrength, random),
    until: Math.max(from, spanStart(options) + options.steadyDays * MS_PER_DAY) + lifetimeMs(options.driftPerDay, random),
  }
}

/** Mostly the part of the week that suits the title it grew out of. */
function drawDaypart(habits: Float32Array, anchor: number, habitStrength: number, random: Random): number {
  const suited = habits.subarray(anchor * DAYPARTS, (anchor + 1) * DAYPARTS)
  return drawIndex(cumulate(suited.map((lift) => Math.exp(habitStrength * lift))), random)
}

/** Exponential: an interest that has lasted is no more likely to end tomorrow than a fresh one. */
function lifetimeMs(perDay: number, random: Random): number {
  return perDay === 0 ? Number.POSITIVE_INFINITY : (-Math.log(1 - random.next()) / perDay) * MS_PER_DAY
}
