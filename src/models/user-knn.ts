import { entriesPerItem } from '../features/coverage.js'
import type { WeightedHistory } from '../features/history.js'
import { type UserRows, userRowsOf } from '../features/user-rows.js'
import type { Kernels } from '../math/kernels.js'
import type { Arena } from '../math/memory.js'
import { withScratch } from '../math/scratch.js'
import { type Artifact, type ArtifactHeader, arrayOf, assertArtifact, headerOf, inArena } from './artifact.js'
import type { Algorithm, Model } from './model.js'

/**
 * User kNN — what those went on to who came the same way.
 *
 *   sim(v) = Σ over the history entries whose item v has too of weight^tasteExponent · idf_i  /  (entries of v + shrinkage)^lengthExponent
 *   score(j) = Σ over the history of weight · Σ over the `neighbours` users v of highest sim, and their entries p on i and q on j, of
 *              sim(v) · near(q − p) / entries of j ^ popularityExponent
 *   near(d) = 2^(−(d − 1) / halfLifePlaces) for d = 1 … window,  backward · near(−d) for d < 0,  else 0
 *   idf_i = ln(1 + users / users of i)
 *
 * Of the family of V-SKNN (Ludewig & Jannach, "Evaluation of session-based recommendation algorithms", UMUAI 2018) and STAN (Garg
 * et al., "Sequence and Time Aware Neighborhood for Session-based Recommendations", SIGIR 2019): what is shared counts the more the
 * later it stands in the asker's history, and a neighbour's items the more the nearer they stand to what is shared.
 *
 * Cost    two passes over the entries to train, 12 bytes an entry kept; every entry on the history's items, and the windows of the
 *         neighbours among them, to score. At most `historyEntries` items are looked up.
 * Choose  wherever users have long histories in an order that means something. Nothing is fitted, so that it is trained in no time.
 * Avoid   where users have one or two events. It is the one model that keeps rows of users: see below.
 * Departs from the papers in long histories instead of sessions: taste, which picks the neighbours, fades more slowly than what
 *         they are asked about; similarity is divided by a power of a neighbour's activity; and every shared item votes for what
 *         stands near it, not only the last.
 *
 * Its rows name nobody and hold no day, but each is one user's past: after an erasure, train again.
 */
export interface UserKnnOptions {
  /** How many users are asked. Typical 100 to 1000. */
  readonly neighbours: number
  /** The newest entries of the history that are looked up: bounds the time to answer. Typical 10 to 50. */
  readonly historyEntries: number
  /** The power of an entry's weight in similarity: 1 picks neighbours by the same fading history, 0 by all entries alike. */
  readonly tasteExponent: number
  /** How far around a shared item a neighbour's row is read, in places. Typical 5 to 20. */
  readonly window: number
  /** An item this many places further from the shared one counts half. Typical 1 to 10. */
  readonly halfLifePlaces: number
  /** What stands before the shared item counts this much beside what stands after it, 0 to 1. */
  readonly backward: number
  /** How much active users are held back, 0 to 1; 0.5 is near the cosine. */
  readonly lengthExponent: number
  /** Added to the number of a user's entries before that. Typical 0 to 100. */
  readonly shrinkage: number
  /** 0: what comes most often. 1: what comes more often than its popularity brings. Typical 0 to 0.3. */
  readonly popularityExponent: number
  /** Only so many of each user's entries are kept, the newest. Bounds memory and the time to answer. */
  readonly maxEntriesPerUser: number
  /** How the history fades, in places, unless a plan says otherwise. Typical 1 to 5. */
  readonly recencyHalfLifePositions: number
}

export const userKnn: Algorithm<UserKnnOptions> = {
  name: 'user-knn',

  defaults: {
    neighbours: 200,
    historyEntries: 30,
    tasteExponent: 0.25,
    window: 10,
    halfLifePlaces: 3,
    backward: 0.1,
    lengthExponent: 0.5,
    shrinkage: 10,
    popularityExponent: 0.1,
    maxEntriesPerUser: 1000,
    recencyHalfLifePositions: 2,
  },

  space: {
    neighbours: { from: 50, to: 500, scale: 'log', whole: true },
    tasteExponent: { from: 0, to: 1, scale: 'linear' },
    halfLifePlaces: { from: 1, to: 10, scale: 'log' },
    backward: { from: 0, to: 1, scale: 'linear' },
    lengthExponent: { from: 0, to: 1, scale: 'linear' },
    popularityExponent: { from: 0, to: 0.5, scale: 'linear' },
  },

  train(data, options, { kernels, checkpoint }) {
    checkpoint(0)
    const rows = userRowsOf(data, options.maxEntriesPerUser)
    checkpoint(1)
    const header = headerOf('user-knn', options, data)
    const learned = { header, itemNos: data.itemNos, rows, voice: voices(rows, options), counts: entriesPerItem(data) }
    return modelOf(learned, kernels)
  },

  restore(artifact, kernels) {
    const itemNos = arrayOf(artifact, 'itemNos', Int32Array)
    const voice = arrayOf(artifact, 'voice', Float32Array)
    const start = arrayOf(artifact, 'start', Uint32Array, voice.length + 1)
    const items = arrayOf(artifact, 'items', Uint32Array, start[voice.length])
    const placeStart = arrayOf(artifact, 'placeStart', Uint32Array, itemNos.length + 1)
    const places = arrayOf(artifact, 'places', Uint32Array, placeStart[itemNos.length])
    const owners = arrayOf(artifact, 'owners', Uint32Array, places.length)
    const counts = arrayOf(artifact, 'counts', Uint32Array, itemNos.length)
    assertIndexes(artifact, start, items, itemNos.length)
    assertIndexes(artifact, placeStart, places, items.length)
    const isHome = owners.every((row, at) => start[row] <= places[at] && places[at] < start[row + 1])
    assertArtifact(artifact, isHome, 'its entries are in rows of others')
    return modelOf(
      { header: artifact.header, itemNos, rows: { start, items, placeStart, places, owners }, voice, counts },
      kernels,
    )
  },
}

function assertIndexes(artifact: Artifact, start: Uint32Array, index: Uint32Array, limit: number): void {
  const ascends = start.every((from, row) => row === 0 || from >= start[row - 1])
  assertArtifact(artifact, ascends, 'its rows overlap')
  assertArtifact(
    artifact,
    index.every((value) => value < limit),
    'it names users or items beyond its own',
  )
}

/** What was learned. */
interface Learned {
  readonly header: ArtifactHeader
  readonly itemNos: Int32Array
  readonly rows: UserRows
  /** What a user counts: 1 / (entries + shrinkage)^lengthExponent. */
  readonly voice: Float32Array
  /** Entries of each item: one without any is unknown. */
  readonly counts: Uint32Array
}

function voices({ start }: UserRows, { lengthExponent, shrinkage }: UserKnnOptions): Float32Array {
  return Float32Array.from(start.subarray(1), (end, user) => (Math.max(1, end - start[user]) + shrinkage) ** -lengthExponent)
}

/** The users that are asked about one history, and what each of its items weighs. */
interface Asked {
  /** The items of the history, each once. */
  readonly items: Uint32Array
  /** How alike each user is; 0 for those that are not asked. */
  readonly similarity: Float32Array
  /** Σ of the weights of the entries on an item; zero for items that the history does not name. */
  readonly weightOf: Float32Array
}

function modelOf(learned: Learned, kernels: Kernels): Model {
  const { header, itemNos, counts } = learned
  const { arena } = kernels
  const rows = inReach(learned.rows, arena)
  const { start, items, placeStart, places, owners } = rows
  const options = header.options as unknown as UserKnnOptions
  const { window, backward } = options
  const ask = createAsking(learned, options, kernels)
  const correction = Float32Array.from(counts, (count) => Math.max(1, count) ** -options.popularityExponent)
  const near = Float32Array.from({ length: window + 1 }, (_, places) => 2 ** (-(places - 1) / options.halfLifePlaces))

  const nearBefore = near.map((nearness) => backward * nearness)
  const perWeight = new Float64Array(counts.length) // zero between explanations

  function score(history: WeightedHistory, out: Float32Array): void {
    const asked = ask(history)
    out.fill(0)
    const weight = inArena(asked.similarity, arena)
    const after = inArena(near, arena)
    const before = inArena(nearBefore, arena)
    for (const item of asked.items) {
      const own = [placeStart[item], placeStart[item + 1]] as const
      const voters = { places: places.subarray(...own), owners: owners.subarray(...own), weight, scale: asked.weightOf[item] }
      kernels.windowVotes({ start, items }, voters, after, before, out)
    }
    const isAsked = asked.items.length > 0
    for (let j = 0; j < out.length; j++) out[j] = isAsked && counts[j] > 0 ? out[j] * correction[j] : Number.NaN
  }

  /** Goes from the neighbours' entries on the item to what stands near them, and gives each history entry its part. */
  function explain(history: WeightedHistory, item: number, out: Float32Array): void {
    const { similarity, weightOf } = ask(history)
    for (let at = placeStart[item]; at < placeStart[item + 1]; at++) {
      const place = places[at]
      const row = owners[at]
      if (similarity[row] === 0) continue
      const last = Math.min(start[row + 1] - 1, place + window)
      for (let p = Math.max(start[row], place - window); p <= last; p++) {
        if (p === place || weightOf[items[p]] === 0) continue
        const nearness = p < place ? near[place - p] : backward * near[p - place]
        perWeight[items[p]] += similarity[row] * nearness * correction[item]
      }
    }
    const first = firstAsked(history, options)
    history.items.forEach((named, entry) => {
      out[entry] = entry < first ? 0 : history.weights[entry] * perWeight[named]
    })
    for (const named of history.items) perWeight[named] = 0
  }

  return {
    algorithm: header.algorithm,
    itemCount: itemNos.length,
    recency: { halfLifePositions: options.recencyHalfLifePositions, maxEntries: options.historyEntries },
    score: (history, out) => withScratch(arena, () => score(history, out)),
    scoreSome: (history, some, out) =>
      withScratch(arena, () => {
        const all = arena.f32(itemNos.length)
        score(history, all)
        for (let k = 0; k < some.length; k++) out[k] = all[some[k]]
      }),
    explain,
    save: () => ({ header, arrays: { itemNos, counts, voice: learned.voice, ...rows } }),
  }
}

/** Where the kernels reach them. */
function inReach(rows: UserRows, arena: Arena): UserRows {
  const { start, items, placeStart } = rows
  const [places, owners] = [inArena(rows.places, arena), inArena(rows.owners, arena)]
  return { start: inArena(start, arena), items: inArena(items, arena), placeStart, places, owners }
}

function firstAsked(history: WeightedHistory, { historyEntries }: UserKnnOptions): number {
  return Math.max(0, history.items.length - historyEntries)
}

/** Where similarity would be lost to rounding: whoever shares something is met. */
const FAINTEST = 1e-30

/**
 * Finds whom to ask about a history. The last answer is kept, since a question is scored once and then explained item by item;
 * it is given again for the same history only, compared number by number.
 */
function createAsking(
  { rows, voice, counts }: Learned,
  options: UserKnnOptions,
  kernels: Kernels,
): (history: WeightedHistory) => Asked {
  const { placeStart, owners } = rows
  const idf = idfOf(rows, voice.length, counts.length)
  const likeness = new Float32Array(voice.length) // zero between questions
  const met = new Uint32Array(voice.length)
  const similarity = new Float32Array(voice.length) // of those asked last
  const weightOf = new Float32Array(counts.length) // of the last question
  let items = new Uint32Array(0)
  let weights = new Float32Array(0)
  let asked: Uint32Array = new Uint32Array(0)
  let last: Asked = { items, similarity, weightOf }

  function meet(): number {
    let count = 0
    for (let entry = 0; entry < items.length; entry++) {
      const item = items[entry]
      if (weights[entry] === 0 || placeStart[item] === placeStart[item + 1]) continue
      weightOf[item] += weights[entry]
      const shared = weights[entry] ** options.tasteExponent * idf[item]
      const end = placeStart[item + 1]
      let latest = -1
      for (let at = placeStart[item]; at < end; at++) {
        const user = owners[at]
        if (user === latest) continue // whoever has it twice is met once
        latest = user
        const before = likeness[user]
        const more = shared * voice[user]
        if (before === 0) met[count++] = user
        likeness[user] = before + (more > FAINTEST ? more : FAINTEST)
      }
    }
    return count
  }

  return (history) => {
    const first = firstAsked(history, options)
    if (isSame(history.items.subarray(first), items) && isSame(history.weights.subarray(first), weights)) return last
    for (const item of items) weightOf[item] = 0
    for (const user of asked) similarity[user] = 0
    items = history.items.slice(first)
    weights = history.weights.slice(first)
    const users = met.subarray(0, meet())
    asked = mostSimilar(users, likeness, options.neighbours, kernels)
    for (const user of asked) similarity[user] = likeness[user]
    for (let at = 0; at < users.length; at++) likeness[users[at]] = 0
    last = { items: Uint32Array.from(new Set(items)).filter((item) => weightOf[item] > 0), similarity, weightOf }
    return last
  }
}

/** ln(1 + users / users of the item). */
function idfOf({ placeStart, owners }: UserRows, users: number, items: number): Float64Array {
  return Float64Array.from({ length: items }, (_, item) => {
    let different = 0
    for (let at = placeStart[item]; at < placeStart[item + 1]; at++) {
      if (at === placeStart[item] || owners[at] !== owners[at - 1]) different++
    }
    return Math.log(1 + users / Math.max(1, different))
  })
}

/** Of equals, those with the lower numbers. Where a good part of all users was met, looking at all of them is faster than sorting. */
function mostSimilar(met: Uint32Array, likeness: Float32Array, count: number, { arena, topK }: Kernels): Uint32Array {
  return withScratch(arena, () => {
    const best = arena.u32(Math.min(count, met.length)) // of all users, those who were not met stand last, with zero
    if (met.length * 16 > likeness.length) {
      const all = arena.f32(likeness.length)
      all.set(likeness)
      return best.slice(0, topK(all, undefined, best))
    }
    const users = met.slice().sort()
    const among = arena.f32(users.length)
    users.forEach((user, at) => {
      among[at] = likeness[user]
    })
    return best.slice(0, topK(among, undefined, best)).map((at) => users[at])
  })
}

function isSame(a: ArrayLike<number>, b: ArrayLike<number>): boolean {
  if (a.length !== b.length) return false
  for (let at = 0; at < a.length; at++) if (a[at] !== b[at]) return false
  return true
}
