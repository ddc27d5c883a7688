import type { Item } from '../domain/item.js'
import { type PartOfDay, partOfDayAt, partsOfDay } from '../domain/part-of-day.js'

/** Eight parts of the week: four of the day, on weekdays (0–3) and at the weekend (4–7). */
export const DAYPARTS = 8
type PartOfWeek = `${'weekday' | 'weekend'}-${PartOfDay}`

/** The part of the week at a local hour. */
export function daypartAt(localHour: number, isWeekend: boolean): number {
  return partsOfDay.indexOf(partOfDayAt(localHour)) + (isWeekend ? 4 : 0)
}

/**
 * What people watch when: the logarithm of how much more often than at other times. Our own reading of programme schedules, to
 * give the simulation habits that can be found again; not measured on anybody.
 */
const lifts = new Map<string, Partial<Record<PartOfWeek, number>>>(
  Object.entries({
    news: { 'weekday-morning': 1.2, 'weekday-evening': 0.4 },
    documentary: { 'weekday-morning': 0.6, 'weekday-afternoon': 0.6, 'weekend-morning': 0.4, 'weekend-night': -0.4 },
    children: {
      'weekday-morning': 0.6,
      'weekend-morning': 1.2,
      'weekend-afternoon': 0.9,
      'weekday-night': -1.2,
      'weekend-night': -1.2,
    },
    family: { 'weekend-morning': 0.9, 'weekend-afternoon': 1, 'weekday-night': -0.8, 'weekend-night': -0.8 },
    animation: { 'weekend-morning': 1, 'weekend-afternoon': 0.6, 'weekday-night': -0.5 },
    sport: { 'weekend-afternoon': 1 },
    adventure: { 'weekend-afternoon': 0.8, 'weekend-morning': 0.4, 'weekday-night': -0.3 },
    musical: { 'weekend-afternoon': 0.6, 'weekday-afternoon': 0.4 },
    romance: { 'weekday-afternoon': 0.6, 'weekday-evening': 0.3 },
    western: { 'weekday-afternoon': 0.5, 'weekend-afternoon': 0.4 },
    comedy: { 'weekday-afternoon': 0.3, 'weekend-evening': 0.5, 'weekend-night': -0.2 },
    drama: { 'weekday-evening': 0.7, 'weekend-morning': -0.4 },
    crime: { 'weekday-evening': 0.6, 'weekday-night': 0.4, 'weekend-morning': -0.6 },
    action: { 'weekend-evening': 0.7, 'weekday-morning': -0.4 },
    fantasy: { 'weekend-evening': 0.4, 'weekend-afternoon': 0.3 },
    science: { 'weekend-evening': 0.4, 'weekday-night': 0.3 },
    thriller: { 'weekday-night': 0.7, 'weekend-night': 0.7, 'weekday-morning': -0.6, 'weekend-morning': -0.8 },
    horror: { 'weekday-night': 1, 'weekend-night': 1.2, 'weekday-morning': -1, 'weekend-morning': -1.2 },
    noir: { 'weekday-night': 0.8, 'weekend-night': 0.6 },
  }),
)

/** What the time adds to each item's appeal: the sum over its genres, divided by √(how many of them have habits). */
export function habitsOfTitles(items: readonly Item[]): Float32Array {
  const habits = new Float32Array(items.length * DAYPARTS) // items × dayparts
  items.forEach(({ genres }, row) => {
    const found = genres.flatMap((genre) => liftsOf(genre))
    for (const lift of found) {
      for (let daypart = 0; daypart < DAYPARTS; daypart++) {
        habits[row * DAYPARTS + daypart] += (lift[nameOf(daypart)] ?? 0) / Math.sqrt(found.length)
      }
    }
  })
  return habits
}

/** By any word of the genre: "romantic comedy" has the habits of comedy, "science fiction" those of science. */
function liftsOf(genre: string): Partial<Record<PartOfWeek, number>>[] {
  return genre.split(/[^\p{L}]+/u).flatMap((word) => lifts.get(word) ?? [])
}

function nameOf(daypart: number): PartOfWeek {
  return `${daypart < 4 ? 'weekday' : 'weekend'}-${partsOfDay[daypart % 4]}`
}
