import type { Random } from '../domain/random.js'
import { type EpochMs, MS_PER_DAY } from '../domain/time.js'
import { drawFrom } from './alias-table.js'
import type { AudienceOptions } from './audience-options.js'
import { drawMember } from './cells.js'
import { cumulate, drawIndex } from './cumulative.js'
import { DAYPARTS } from './dayparts.js'
import type { Interest } from './interests.js'
import { dotRow } from './item-vectors.js'
import { COMPANIONS, type Landscape } from './landscape.js'
import type { LastViewing, Memory } from './memory.js'
import { isOnOffer } from './offer-windows.js'

/** How many titles are looked over before one is chosen, and how many are picked up in finding as many that can be watched. */
const SHELF = 8
const ATTEMPTS = 3 * SHELF

/** What a full match, a standard deviation of quality, and being brand-new add to a title's appeal. */
const MATCH_WEIGHT = 7
const QUALITY_WEIGHT = 0.15
const NOVELTY_WEIGHT = 0.8
const NOVELTY_HALF_LIFE_DAYS = 30
/** By then novelty has no say left, and need not be computed. */
const OLD_DAYS = 10 * NOVELTY_HALF_LIFE_DAYS

/** A sequel's or a relative's pull halves in this many days after the last viewing. */
const PULL_HALF_LIFE_DAYS = 5
const REWATCH_SHARE = 0.02

/** The circumstances of a choice. */
export interface Moment {
  readonly at: EpochMs
  readonly daypart: number
  /** The viewer's region, as a bit of the landscape's offers. */
  readonly regionBit: number
  /** What the viewer is after in this sitting. */
  readonly interest: Interest
  /** Where that leads to at this time: running sums over the cells. */
  readonly reach: Float64Array
}

/** Where an interest leads to in a part of the week. */
export function reachAt({ cells, cellHabits }: Landscape, { reach }: Interest, daypart: number): Float64Array {
  return cumulate(reach.map((weight, cell) => weight * cellHabits[daypart * cells.count + cell]))
}

export interface Choice {
  /** A row of the items. */
  readonly item: number
  /** Undefined when an item is watched again. */
  readonly title: number | undefined
}

/** The titles that were looked over for the last choice, reused from choice to choice. */
export interface Shelf {
  readonly titles: Uint32Array
  /** Running sums of the titles' weights. */
  readonly sums: Float64Array
  size: number
  /** The title that appealed least, when there were at least two to choose from. */
  leastLiked: number | undefined
}

export function createShelf(): Shelf {
  return { titles: new Uint32Array(SHELF), sums: new Float64Array(SHELF), size: 0, leastLiked: undefined }
}

/** What a viewer watches next; undefined when nothing they come across can be watched. Leaves the titles looked over on `shelf`. */
export function chooseNext(
  landscape: Landscape,
  memory: Memory,
  moment: Moment,
  shelf: Shelf,
  options: AudienceOptions,
  random: Random,
): Choice | undefined {
  shelf.size = 0
  shelf.leastLiked = undefined
  const take = (title: number): Choice => ({ title, item: nextPart(landscape, memory, title) })
  const { last } = memory
  const pull = last === undefined ? 0 : 0.5 ** ((moment.at - last.endedAt) / (PULL_HALF_LIFE_DAYS * MS_PER_DAY))

  const followUp = last === undefined ? undefined : followUpTo(landscape, memory, last, pull * options.followShare, random)
  if (followUp !== undefined && canWatch(landscape, memory, followUp, moment)) {
    putOn(shelf, followUp)
    return take(followUp)
  }
  if (memory.enjoyed.length > 0 && random.next() < REWATCH_SHARE) {
    return { title: undefined, item: memory.enjoyed[random.below(memory.enjoyed.length)] }
  }
  const isForeign = random.next() < options.noise
  const relatedTo = last !== undefined && last.enjoyment > 0.4 && random.next() < pull * options.relatedShare ? last : undefined
  fillShelf(landscape, memory, moment, shelf, (): number => {
    if (isForeign) return drawFrom(landscape.byPopularity, random)
    if (relatedTo !== undefined) return drawRelated(landscape, relatedTo.title, random)
    return drawMember(landscape.cells, drawIndex(moment.reach, random), random)
  })
  if (shelf.size === 0) return undefined
  return take(isForeign ? shelf.titles[0] : mostAppealing(landscape, moment, shelf, options, random))
}

/** The next part of a series, or else a film's sequel, when the chance for it comes up. */
function followUpTo(
  landscape: Landscape,
  memory: Memory,
  { title, enjoyment, isCompleted }: LastViewing,
  chance: number,
  random: Random,
): number | undefined {
  const { titles, sequel: sequels } = landscape
  const isSeries = titles.partStart[title + 1] - titles.partStart[title] > 1
  if (isSeries && !memory.isDone(title)) return random.next() < (isCompleted ? chance : 0.3 * chance) ? title : undefined
  const sequel = sequels[title]
  return sequel >= 0 && random.next() < chance * 0.5 * enjoyment ? sequel : undefined
}

/** One of the titles that go with another: a companion, one of the same director, of the same franchise, or near it. */
function drawRelated({ companions, byDirector, sequel, cells }: Landscape, title: number, random: Random): number {
  const sort = random.next()
  if (sort < 0.5) return companions[title * COMPANIONS + random.below(COMPANIONS)]
  const group = byDirector[title]
  if (sort < 0.7 && group !== undefined) return group[random.below(group.length)]
  if (sort < 0.8 && sequel[title] >= 0) return sequel[title]
  return drawMember(cells, cells.cellOf[title], random)
}

/** Fills the shelf with different titles that can be watched, as far as `draw` comes across them. */
function fillShelf(landscape: Landscape, memory: Memory, moment: Moment, shelf: Shelf, draw: () => number): void {
  for (let attempt = 0; attempt < ATTEMPTS && shelf.size < SHELF; attempt++) {
    const title = draw()
    if (isOn(shelf, title) || !canWatch(landscape, memory, title, moment)) continue
    putOn(shelf, title)
  }
}

function putOn(shelf: Shelf, title: number): void {
  shelf.titles[shelf.size++] = title
}

function isOn({ titles, size }: Shelf, title: number): boolean {
  for (let place = 0; place < size; place++) if (titles[place] === title) return true
  return false
}

/** Not done with, and its next part is out and on offer where the viewer is. */
function canWatch(landscape: Landscape, memory: Memory, title: number, { at, regionBit }: Moment): boolean {
  if (memory.isDone(title)) return false
  const item = nextPart(landscape, memory, title)
  return landscape.releasedAt[item] <= at && isOnOffer(landscape.offers, item, regionBit, at)
}

function nextPart({ titles }: Landscape, memory: Memory, title: number): number {
  const first = titles.partStart[title]
  const isAlone = titles.partStart[title + 1] - first === 1
  return titles.parts[isAlone ? first : first + memory.partsSeen(title)] // most are films: no need to ask how far they got
}

/**
 * One title of the shelf, with probability ∝ exp(appeal):
 *
 *   appeal = 7 ⟨interest, title⟩ + habits at this hour + 0.15 quality + 0.8 · 2^(−age of its release / 30 days)
 */
function mostAppealing(
  landscape: Landscape,
  moment: Moment,
  shelf: Shelf,
  { habitStrength }: AudienceOptions,
  random: Random,
): number {
  let sum = 0
  let least = Number.POSITIVE_INFINITY
  let leastLiked = 0
  for (let place = 0; place < shelf.size; place++) {
    const weight = Math.exp(appealOf(landscape, moment, shelf.titles[place], habitStrength))
    sum += weight
    shelf.sums[place] = sum
    if (weight < least) {
      least = weight
      leastLiked = place
    }
  }
  const at = random.next() * sum
  let chosen = 0
  while (chosen < shelf.size - 1 && at >= shelf.sums[chosen]) chosen++
  if (leastLiked !== chosen) shelf.leastLiked = shelf.titles[leastLiked]
  return shelf.titles[chosen]
}

function appealOf(landscape: Landscape, { at, daypart, interest }: Moment, title: number, habitStrength: number): number {
  const { vectors, quality, habits, releasedAt, titles } = landscape
  const ageDays = (at - releasedAt[titles.item[title]]) / MS_PER_DAY
  const novelty = ageDays < OLD_DAYS ? NOVELTY_WEIGHT * 0.5 ** (ageDays / NOVELTY_HALF_LIFE_DAYS) : 0
  return (
    MATCH_WEIGHT * dotRow(interest.direction, vectors, title) +
    habitStrength * habits[title * DAYPARTS + daypart] +
    QUALITY_WEIGHT * quality[title] +
    novelty
  )
}
