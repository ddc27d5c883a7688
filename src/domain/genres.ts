/** Other people's names for a genre, by the key `genreKey` makes of them. */
const synonyms: Readonly<Record<string, string>> = {
  scifi: 'science fiction',
  'sci fi': 'science fiction',
  sf: 'science fiction',
  sciencefiction: 'science fiction',
  childrens: 'children',
  "children's": 'children',
  kids: 'children',
  'kids tv': 'children',
  musicals: 'musical',
  documentaries: 'documentary',
  docu: 'documentary',
  dramas: 'drama',
  comedies: 'comedy',
  thrillers: 'thriller',
  romances: 'romance',
  romantic: 'romance',
  westerns: 'western',
  'film noir': 'noir',
  'film-noir': 'noir',
  animated: 'animation',
  'rom com': 'romantic comedy',
  romcom: 'romantic comedy',
  biopic: 'biography',
  biographical: 'biography',
  superheroes: 'superhero',
  historical: 'history',
  sports: 'sport',
  suspense: 'thriller',
}

/** Words that mean "no genre was given". */
const absent = new Set(['', 'unknown', '(no genres listed)', 'n/a', 'none'])

/** One spelling for each genre: "Sci-Fi", "SciFi" and "Science Fiction" are the same word. Undefined where none was given. */
export function normaliseGenre(name: string): string | undefined {
  const key = name
    .toLowerCase()
    .normalize('NFC')
    .replace(/[-_/\s]+/g, ' ')
    .trim()
  if (absent.has(key) || absent.has(name.trim().toLowerCase())) return undefined
  return Object.hasOwn(synonyms, key) ? synonyms[key] : key
}

/** Normalised, without repeats, in the order given. */
export function normaliseGenres(names: readonly string[]): string[] {
  const found = new Set<string>()
  for (const name of names) {
    const genre = normaliseGenre(name)
    if (genre !== undefined) found.add(genre)
  }
  return [...found]
}
