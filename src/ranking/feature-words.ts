/**
 * What the features of candidates are called in explanations. Features that say much the same share a name.
 */
const words: Readonly<Record<string, string>> = {
  'item.ageYears': 'how old the title is',
  'item.durationMinutes': 'how long it is',
  'match.genresLast': 'genres shared with what was watched',
  'match.genresRecent': 'genres shared with what was watched',
  'match.genresAlways': 'genres shared with what was watched',
  'match.peopleRecent': 'people shared with what was watched',
  'match.peopleAlways': 'people shared with what was watched',
  'match.franchise': 'franchise shared with what was watched',
  'match.series': 'series shared with what was watched',
  'match.themes': 'themes shared with what was watched',
  'match.countries': 'countries shared with what was watched',
  'match.yearsAfterLast': 'how much newer than the last title it is',
  'match.yearsFromRecent': 'how far in time from the recent titles it is',
  'match.fameFromRecent': 'how much better known than the recent titles it is',
}

/** `genre:horror` is horror, `graph.rank` what the source graph says. */
export function featureWords(feature: string): string {
  if (feature.startsWith('genre:')) return feature.slice('genre:'.length)
  return words[feature] ?? `what ${feature.split('.')[0]} says`
}
