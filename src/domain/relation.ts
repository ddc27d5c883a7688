/** How one item of the content graph leads to another, the most telling first. */
export const relations = [
  'sequel',
  'same-franchise',
  'same-director',
  'same-cast',
  'watched-next',
  'same-audience',
  'same-theme',
  'alike',
  'same-genre',
  'same-country',
] as const
export type Relation = (typeof relations)[number]
