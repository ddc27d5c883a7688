import { type Relation, relations } from '../domain/relation.js'
import { positionInSorted } from '../math/sorted.js'
import type { Transitions } from './walk.js'

/** One step of a path. `via` is the item it leads to, where that is neither the end nor a hub. */
export interface PathStep {
  readonly relation: Relation
  readonly via?: number
}

/** How one of the history's entries leads to an item. */
export interface HistoryPath {
  /** Which entry of the history it starts from. */
  readonly entry: number
  readonly steps: readonly PathStep[]
}

/** How much each relation explains. What is the same about two films says more than that many watch both. */
const telling: Readonly<Record<Relation, number>> = {
  sequel: 1,
  'same-franchise': 0.9,
  'same-director': 0.6,
  'same-cast': 0.4,
  'watched-next': 0.3,
  'same-audience': 0.25,
  'same-theme': 0.2,
  alike: 0.2,
  'same-genre': 0.1,
  'same-country': 0.02,
}

/**
 * The most telling path from a history to an item: one step, or two through a hub, from the entry where the entry's weight times
 * what the relation explains is largest; among equals the later entry. Only when there is none, two steps through another item, the
 * likeliest. Undefined when the item is further away.
 */
export function pathTo(
  transitions: Transitions,
  itemCount: number,
  history: { readonly items: Uint32Array; readonly weights: Float32Array },
  item: number,
): HistoryPath | undefined {
  return tellingPath(transitions, itemCount, history, item) ?? likeliestDetour(transitions, itemCount, history, item)
}

type History = Parameters<typeof pathTo>[2]

function tellingPath(transitions: Transitions, itemCount: number, history: History, item: number): HistoryPath | undefined {
  const { start, index, relation } = transitions
  let best: HistoryPath | undefined
  let bar = 0
  for (let entry = history.items.length - 1; entry >= 0; entry--) {
    const from = history.items[entry]
    if (from === item) continue
    for (let at = start[from]; at < start[from + 1]; at++) {
      const strength = history.weights[entry] * telling[relations[relation[at]]]
      if (strength <= bar) continue
      const to = index[at]
      const leads = to === item || (to >= itemCount && positionInSorted(index, item, start[to], start[to + 1]) >= 0)
      if (!leads) continue
      bar = strength
      best = { entry, steps: [{ relation: relations[relation[at]] }] }
    }
  }
  return best
}

/** Looks only from the newest entries: a detour from long ago explains nothing. */
const ENTRIES_OF_A_DETOUR = 10

function likeliestDetour(transitions: Transitions, itemCount: number, history: History, item: number): HistoryPath | undefined {
  const { start, index, value, relation } = transitions
  let best: HistoryPath | undefined
  let bar = 0
  for (let entry = history.items.length - 1; entry >= Math.max(0, history.items.length - ENTRIES_OF_A_DETOUR); entry--) {
    const from = history.items[entry]
    for (let at = start[from]; at < start[from + 1]; at++) {
      const via = index[at]
      if (via >= itemCount || via === item || from === item) continue
      const last = positionInSorted(index, item, start[via], start[via + 1])
      if (last < 0) continue
      const probability = history.weights[entry] * value[at] * value[last]
      if (probability <= bar) continue
      bar = probability
      best = { entry, steps: [{ relation: relations[relation[at]], via }, { relation: relations[relation[last]] }] }
    }
  }
  return best
}
