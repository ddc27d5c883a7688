/** Who a title is for, from everyone to adults only. A number further right admits everything to its left. */
export const maturityLevels = ['all', '7+', '10+', '13+', '16+', '18+'] as const
export type Maturity = (typeof maturityLevels)[number]

/** National and trade ratings, upper-cased, on Sona's own scale. */
const knownRatings: Readonly<Record<string, Maturity>> = {
  G: 'all',
  'TV-Y': 'all',
  'TV-G': 'all',
  U: 'all',
  ALL: 'all',
  APPROVED: 'all',
  PASSED: 'all',
  'TV-Y7': '7+',
  'TV-Y7-FV': '7+',
  '7+': '7+',
  PG: '10+',
  'TV-PG': '10+',
  GP: '10+',
  M: '10+',
  '10+': '10+',
  'PG-13': '13+',
  'TV-14': '13+',
  '12': '13+',
  '12A': '13+',
  '13+': '13+',
  R: '16+',
  '15': '16+',
  '16+': '16+',
  'TV-MA': '18+',
  'NC-17': '18+',
  X: '18+',
  '18': '18+',
  '18+': '18+',
}

/** The level of a rating such as `PG-13` or `tv-ma`; undefined when nobody said, or nobody knows the word. */
export function parseMaturity(rating: string): Maturity | undefined {
  return knownRatings[rating.trim().toUpperCase()]
}

/** 0 for `all` up to 5 for `18+`. */
export function maturityRank(maturity: Maturity): number {
  return maturityLevels.indexOf(maturity)
}
