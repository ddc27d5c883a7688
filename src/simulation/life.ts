import type { Context } from '../domain/context.js'
import type { Event } from '../domain/event.js'
import type { UserId } from '../domain/ids.js'
import type { Random } from '../domain/random.js'
import { type EpochMs, MS_PER_HOUR } from '../domain/time.js'
import type { User } from '../domain/user.js'
import type { AudienceOptions } from './audience-options.js'
import { type Choice, chooseNext, createShelf, type Moment, reachAt, type Shelf } from './choice.js'
import { cumulate, drawIndex } from './cumulative.js'
import { DAYPARTS } from './dayparts.js'
import { createDiary, type Diary } from './diary.js'
import { drawInterest, type Interest } from './interests.js'
import type { Landscape } from './landscape.js'
import { createMemory, type Memory } from './memory.js'
import { type Person, personAt } from './person.js'
import { completionOf, enjoymentOf, kindOf, starsOf, thumbOf } from './reaction.js'
import { daypartOf, drawSittings } from './sittings.js'
import { devices, type Viewer, viewersOf } from './viewer.js'

const MS_PER_MINUTE = MS_PER_HOUR / 60

/** Nobody watches for longer at a stretch. */
const LONGEST_SITTING_MS = 6 * MS_PER_HOUR

/** A refusal of the least liked title of a shelf, and giving up a series after an episode that was broken off. */
const DISMISS_SHARE = 0.02
const DROP_SERIES_SHARE = 0.5

/** What it adds to the pull of an interest that this is the part of the week in which its owner follows it. */
const OWN_TIME = 1

/** From this enjoyment on, an item may be watched again. */
const ENJOYED = 0.6

/** How often each of `devices` is used in the morning, afternoon, evening and at night. Our own reading, not measured. */
const deviceWeights = [
  [2, 2, 1, 5],
  [3, 3, 2, 3],
  [8, 1.5, 1.5, 1.5],
  [4, 1, 2, 4],
] as const

/** A user who does not exist, and all they did, oldest first. */
export interface SimulatedUser {
  readonly user: User
  readonly events: readonly Event[]
}

interface Life {
  readonly landscape: Landscape
  readonly options: AudienceOptions
  readonly memory: Memory
  readonly shelf: Shelf
  readonly viewer: Viewer
  /** Who sits down. */
  readonly person: Person
  readonly diary: Diary
  readonly random: Random
}

/** Lets viewers live, one after the other. */
export function livesIn(landscape: Landscape, options: AudienceOptions): (userId: UserId, random: Random) => SimulatedUser {
  const drawViewer = viewersOf(landscape, options)
  const memory = createMemory(landscape)
  const shelf = createShelf()
  return (userId, random) => {
    memory.forget()
    const viewer = drawViewer(userId, random)
    const diary = createDiary(userId)
    const life = { landscape, options, memory, shelf, viewer, diary, random }
    let person = viewer.people[0]
    const { startsAt, eventsBy } = drawSittings(viewer, options, random)
    let now = Number.NEGATIVE_INFINITY
    for (let sitting = 0; sitting < startsAt.length; sitting++) {
      const startsNow = Math.max(startsAt[sitting], now + 15 * MS_PER_MINUTE)
      const before = person
      person = personAt(viewer.people, daypartOf(viewer.clock, startsNow), random)
      if (person !== before) memory.last = undefined // what the other one saw last leads to nothing
      now = sit({ ...life, person }, startsNow, eventsBy[sitting])
    }
    return { user: viewer.user, events: diary.events }
  }
}

/** One sitting, from `startsAt` until the viewer has had `eventsBy` events, or enough. Returns when it ended. */
function sit(life: Life, startsAt: EpochMs, eventsBy: number): EpochMs {
  const { landscape, options, viewer, diary, memory, shelf, random } = life
  const daypart = daypartOf(viewer.clock, startsAt)
  const interest = renewedInterest(life, startsAt, daypart)
  const reach = reachAt(landscape, interest, daypart)
  const context = viewer.contexts[drawDevice(life.person, daypart, random)]
  const last = Math.min(startsAt + LONGEST_SITTING_MS, options.until)
  let now = startsAt
  while (now <= last && diary.events.length < eventsBy) {
    const moment: Moment = { at: now, daypart, regionBit: viewer.regionBit, interest, reach }
    const choice = chooseNext(landscape, memory, moment, shelf, options, random)
    if (choice === undefined) break
    now = lookOver(life, choice, now, context)
    if (now <= last) now = watch(life, choice, now, context)
  }
  return now
}

/** Gives up what has run its time, and says what the viewer is after now. */
function renewedInterest({ landscape, options, person, random }: Life, at: EpochMs, daypart: number): Interest {
  const { interests } = person
  for (let place = 0; place < interests.length; place++) {
    if (interests[place].until <= at) interests[place] = drawInterest(landscape, person.age, at, options, random)
  }
  if (interests.length === 1) return interests[0]
  const weights = interests.map(({ weight, anchor, daypart: own }) => {
    const suits = landscape.habits[anchor * DAYPARTS + daypart] + (own === daypart ? OWN_TIME : 0)
    return weight * Math.exp(options.habitStrength * suits)
  })
  return interests[drawIndex(cumulate(weights), random)]
}

function drawDevice({ favouriteDevice, devotion }: Person, daypart: number, random: Random): number {
  const weights = deviceWeights[daypart % deviceWeights.length]
  return drawIndex(cumulate(devices.map((_, device) => weights[device] * (device === favouriteDevice ? devotion : 1))), random)
}

/** What happened on the way to a choice: impressions and a click where they are wanted, and now and then a refusal. */
function lookOver(
  { landscape, options, shelf, diary, memory, random }: Life,
  choice: Choice,
  at: EpochMs,
  context: Context,
): EpochMs {
  const { items, titles } = landscape
  const { leastLiked } = shelf
  let now = at
  if (leastLiked !== undefined && leastLiked !== choice.title && random.next() < DISMISS_SHARE) {
    memory.finish(leastLiked)
    diary.note('dismiss', items[titles.item[leastLiked]].itemId, now, context)
  }
  if (options.impressionsPerView === 0) return now
  let shown = 1
  for (let place = 0; place < shelf.size && shown < options.impressionsPerView; place++) {
    const title = shelf.titles[place]
    if (title === choice.title) continue
    diary.note('impression', items[titles.item[title]].itemId, now, context)
    shown++
  }
  const { itemId } = items[choice.item]
  diary.note('impression', itemId, now, context)
  now += 2_000 + random.below(28_000)
  if (now <= options.until) diary.note('click', itemId, now, context)
  return now + 1_000
}

/** One viewing and what it leads to. Returns when the viewer is ready for the next. */
function watch(life: Life, { item, title }: Choice, at: EpochMs, context: Context): EpochMs {
  const { landscape, options, viewer, person, memory, diary, random } = life
  const { itemId } = landscape.items[item]
  const isRewatch = title === undefined
  const enjoyment = isRewatch ? 0.8 + 0.2 * random.next() : enjoymentOf(landscape, person.interests, title, random)
  const completion = completionOf(enjoyment, random)
  const kind = kindOf(completion)
  diary.view(kind, itemId, completion, isRewatch, at, context)
  const endedAt = Math.ceil(at + completion * landscape.minutes[item] * MS_PER_MINUTE)
  if (isRewatch) return endedAt + restMs(random)

  const isPartOfSeries = landscape.titles.partStart[title + 1] - landscape.titles.partStart[title] > 1
  memory.seePart(title)
  if (isPartOfSeries && kind === 'abandon' && random.next() < DROP_SERIES_SHARE) memory.finish(title)
  if (kind === 'complete' && enjoyment > ENJOYED) memory.enjoyed.push(item)
  memory.last = { title, enjoyment, isCompleted: kind === 'complete', endedAt }

  const saidAt = endedAt + restMs(random)
  if (saidAt > options.until) return saidAt
  const stars = kind === 'abandon' ? undefined : starsOf(viewer, enjoyment, isPartOfSeries, random)
  const thumb = stars === undefined ? thumbOf(enjoyment, random) : undefined
  if (stars !== undefined) diary.rate(itemId, stars, saidAt, context)
  if (thumb !== undefined) diary.note(thumb, itemId, saidAt, context)
  return saidAt + restMs(random)
}

/** Half a minute to five minutes. */
function restMs(random: Random): number {
  return 30_000 + random.below(270_000)
}
