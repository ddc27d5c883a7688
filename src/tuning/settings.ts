/** Points of a search space: drawn anywhere in it, or near one that did well. */
import type { Random } from '../domain/random.js'
import type { Range, SearchSpace, Tunable } from '../domain/tunable.js'

export type Setting = string | number | boolean

/** A value for each name of a space. */
export type Settings = Readonly<Record<string, Setting>>

/** Of the draws, how many take the value outside a range, where it has one. */
const OUTSIDE_SHARE = 0.15
/** Of the values that cannot be moved a little (choices, values outside), how many are drawn anew nearby. */
const REDRAWN_SHARE = 0.25

/** Uniform over the space, by factors where its scale says so (random search: Bergstra & Bengio, JMLR 2012). */
export function drawSettings(space: SearchSpace, random: Random): Settings {
  return mapSpace(space, (tunable) => drawn(tunable, random))
}

/** Each value moved a little: by a normal deviate of `spread`, as a share of its range, and back inside at the edges. One that is not there is drawn. */
export function settingsNear(space: SearchSpace, settings: Settings, spread: number, random: Random): Settings {
  return mapSpace(space, (tunable, name) => {
    const value: Setting | undefined = settings[name]
    if (value === undefined) return drawn(tunable, random)
    if ('choices' in tunable || typeof value !== 'number' || value === tunable.or) {
      return random.next() < REDRAWN_SHARE ? drawn(tunable, random) : value
    }
    return valueAt(tunable, reflected(placeOf(tunable, value) + spread * random.normal()))
  })
}

function mapSpace(space: SearchSpace, settingOf: (tunable: Tunable, name: string) => Setting): Settings {
  return Object.fromEntries(Object.entries(space).map(([name, tunable]) => [name, settingOf(tunable, name)]))
}

function drawn(tunable: Tunable, random: Random): Setting {
  if ('choices' in tunable) return tunable.choices[random.below(tunable.choices.length)]
  if (tunable.or !== undefined && random.next() < OUTSIDE_SHARE) return tunable.or
  return valueAt(tunable, random.next())
}

/** The value at a place from 0 (the range's start) to 1 (its end), in three digits: more would only look exact. */
function valueAt({ from, to, scale, whole }: Range, place: number): number {
  const exact = scale === 'log' ? from * (to / from) ** place : from + place * (to - from)
  const rounded = whole === true ? Math.round(exact) : Number(exact.toPrecision(3))
  return Math.min(to, Math.max(from, rounded))
}

function placeOf({ from, to, scale }: Range, value: number): number {
  const inside = Math.min(to, Math.max(from, value))
  return scale === 'log' ? Math.log(inside / from) / Math.log(to / from) : (inside - from) / (to - from)
}

/** A place beyond an edge comes back by as much. */
function reflected(place: number): number {
  const folded = Math.abs(place) % 2
  return folded > 1 ? 2 - folded : folded
}
