export const partsOfDay = ['morning', 'afternoon', 'evening', 'night'] as const
export type PartOfDay = (typeof partsOfDay)[number]

/** The part of the day at a local hour, 0–23: morning from 5, afternoon from 11, evening from 17, night from 22. */
export function partOfDayAt(localHour: number): PartOfDay {
  if (localHour < 5 || localHour >= 22) return 'night'
  return localHour < 11 ? 'morning' : localHour < 17 ? 'afternoon' : 'evening'
}
