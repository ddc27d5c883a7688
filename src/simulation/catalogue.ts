/**
 * Simulated catalogue — films, franchises and series that nobody made, for load tests beyond the size of any free catalogue.
 *
 *   Items come in blocks of 64, each from its own stream of chance, so that item n is the same whatever the count.
 *   A block is filled with works: films, franchises of 2–5 films, series with up to 3 seasons of 4–12 episodes; the last is cut.
 *   A work has a main genre by share, up to two that go with it, themes and moods of these, people who work in the genre.
 *   People are known by Zipf's law (person ⌊24 (U^−1.1 − 1)⌋ of the genre), ratings are normal, votes log-normal.
 *
 * Every item carries `attributes.simulated`. Names and titles are put together from word lists and syllables; titles repeat in
 * large catalogues, as they do in life.
 *
 * Cost    a few microseconds an item; memory for one block.
 */
import { SonaError } from '../domain/errors.js'
import type { ItemId } from '../domain/ids.js'
import type { Item, Offer } from '../domain/item.js'
import type { Random } from '../domain/random.js'
import { EARLIEST_MS, type EpochMs, MS_PER_DAY } from '../domain/time.js'
import { type GenreWords, genreWords, origins, platforms, settings } from './catalogue-words.js'
import { cumulate, drawIndex } from './cumulative.js'
import { personOf, subtitleOf, titleOf } from './names.js'

export interface CatalogueOptions {
  /** The latest release, and the day that offers are dated around. */
  readonly releasedUntil: EpochMs
  /** How far back releases go; half of all fall in the last quarter of it. Default 40. */
  readonly years?: number
  /** Share of works that are series. Default 0.05, which makes about a third of the items episodes. */
  readonly seriesShare?: number
  /** Share of works that are franchises of several films. Default 0.06. */
  readonly franchiseShare?: number
}

const BLOCK = 64
const MS_PER_YEAR = 365 * MS_PER_DAY

const genreShares = cumulate(genreWords.map(({ share }) => share))
const originShares = cumulate(origins.map(({ share }) => share))

/** `count` items, one at a time. May be iterated over again, with the same result. Throws INVALID_REQUEST for impossible options. */
export function simulateCatalogue(count: number, options: CatalogueOptions, random: Random): Iterable<Item> {
  const { years = 40, seriesShare = 0, franchiseShare = 0, releasedUntil } = options
  demand(Number.isInteger(count) && count >= 0, 'count', 'a whole number, at least 0')
  demand(Number.isInteger(releasedUntil) && releasedUntil >= EARLIEST_MS, 'releasedUntil', 'an instant after 1970')
  demand(years > 0 && years <= 100, 'years', 'above 0 and at most 100')
  const shares = [seriesShare, franchiseShare, seriesShare + franchiseShare]
  demand(
    shares.every((share) => share >= 0 && share <= 1),
    'seriesShare and franchiseShare',
    '0–1, together at most 1',
  )
  return {
    *[Symbol.iterator]() {
      for (let first = 0; first < count; first += BLOCK) {
        const block = blockOf(first, options, random.fork(`block-${first / BLOCK}`))
        yield* block.slice(0, Math.min(BLOCK, count - first))
      }
    },
  }
}

function demand(holds: boolean, field: string, expected: string): void {
  if (!holds) throw new SonaError('INVALID_REQUEST', `A simulated catalogue needs ${field}: ${expected}.`)
}

/** An item that has everything but its number. */
type Draft = Omit<Item, 'itemId' | 'seriesId'>

function blockOf(first: number, options: CatalogueOptions, random: Random): Item[] {
  const { seriesShare = 0.05, franchiseShare = 0.06 } = options
  const items: Item[] = []
  const add = (draft: Draft, seriesId?: ItemId): ItemId => {
    const itemId = `sim-item-${String(first + items.length).padStart(7, '0')}` as ItemId
    items.push(seriesId === undefined ? { itemId, ...draft } : { itemId, ...draft, seriesId })
    return itemId
  }
  while (items.length < BLOCK) {
    const sort = random.next()
    const work = draftWork(options, random)
    if (sort < seriesShare) {
      const seriesId = add({ ...work, kind: 'series' })
      for (const episode of episodesOf(work, options, random)) add(episode, seriesId)
    } else if (sort < seriesShare + franchiseShare) {
      const franchise = `${work.title} · ${first + items.length}` // titles repeat; franchises must not be mixed up by that
      for (const film of filmsOf(work, franchise, options, random)) add(film)
    } else add(work)
  }
  return items
}

/** What all parts of a work have in common; a single film as it stands. */
function draftWork(options: CatalogueOptions, random: Random): Draft {
  const main = genreWords[drawIndex(genreShares, random)]
  const genres = [main.genre, ...pick(main.besides, random.below(3), random)]
  const setting = settings[random.below(settings.length)]
  const themes = pick(main.themes, 1 + random.below(3), random)
  const moods = pick(main.moods, 1 + random.below(2), random)
  const { country, language } = origins[drawIndex(originShares, random)]
  const age = (options.years ?? 40) * random.next() ** 2
  const releasedAt = Math.floor((options.releasedUntil - age * MS_PER_YEAR) / MS_PER_DAY) * MS_PER_DAY
  const averageRating = rounded(Math.min(9.5, Math.max(1, 6.3 + random.normal())))
  return {
    kind: 'movie',
    title: titleOf(main, setting, random),
    description: describe(genres, moods, themes, setting),
    genres,
    cast: people(main, 'cast', 2 + random.below(4), random),
    directors: people(main, 'director', random.next() < 0.9 ? 1 : 2, random),
    themes,
    moods,
    languages: [language],
    countries: [country],
    releasedAt,
    durationMinutes: Math.round(Math.min(200, Math.max(60, 105 + 18 * random.normal()))),
    maturity: main.maturities[random.below(main.maturities.length)],
    averageRating,
    offers: offersOf(releasedAt, options, random),
    attributes: { simulated: true, votes: votesFor(averageRating, random) },
    hidden: false,
  }
}

function describe([genre, ...besides]: string[], moods: string[], themes: string[], setting: string): string {
  const mixture = besides.length === 0 ? '' : ` with ${besides.join(' and ')} in it`
  return `A ${moods.join(' and ')} ${genre}${mixture}, about ${themes.join(', ')}, set in ${setting}.`
}

/** 2–5 films, two or three years apart, as many as are out by `releasedUntil`; at least the first. */
function filmsOf(work: Draft, franchise: string, options: CatalogueOptions, random: Random): Draft[] {
  const films: Draft[] = []
  const length = 2 + random.below(4)
  let releasedAt = work.releasedAt!
  while (films.length < length && releasedAt <= options.releasedUntil) {
    const title = films.length === 0 ? work.title : `${work.title} ${films.length + 1}: ${subtitleOf(random)}`
    const averageRating = rounded(Math.min(9.5, Math.max(1, work.averageRating! + 0.5 * random.normal() - 0.2 * films.length)))
    films.push({
      ...work,
      title,
      franchise,
      releasedAt,
      averageRating,
      durationMinutes: work.durationMinutes! + random.below(20),
      attributes: { simulated: true, votes: votesFor(averageRating, random) },
    })
    releasedAt += Math.round((2 + random.next()) * 365) * MS_PER_DAY
  }
  return films
}

/** Up to 3 seasons, a year apart, of 4–12 weekly episodes, as far as they are out by `releasedUntil`; at least the first. */
function* episodesOf(work: Draft, options: CatalogueOptions, random: Random): Generator<Draft> {
  const seasons = 1 + random.below(3)
  const perSeason = 4 + random.below(9)
  const durationMinutes = [24, 45, 55][random.below(3)]
  for (let season = 1; season <= seasons; season++) {
    for (let episode = 1; episode <= perSeason; episode++) {
      const releasedAt = work.releasedAt! + ((season - 1) * 365 + (episode - 1) * 7) * MS_PER_DAY
      if (releasedAt > options.releasedUntil) return
      const title = `${work.title}, ${season}.${episode}: ${subtitleOf(random)}`
      yield { ...work, kind: 'episode', title, season, episode, releasedAt, durationMinutes }
    }
  }
}

/** Nothing said for one work in five; else one or two offers, some in a few countries only, some ended or ending. */
function offersOf(releasedAt: EpochMs, { releasedUntil }: CatalogueOptions, random: Random): Offer[] {
  if (random.next() < 0.2) return []
  return pick(platforms, 1 + random.below(2), random).map((platform): Offer => {
    const regions = random.next() < 0.5 ? [] : pick(['US', 'GB', 'DE', 'FR', 'BR', 'IN', 'JP'], 1 + random.below(5), random)
    const type =
      platform === 'Commons' ? 'free' : random.next() < 0.7 ? 'subscription' : random.next() < 0.6 ? 'rental' : 'purchase'
    const ends = Math.max(releasedAt, releasedUntil) + Math.floor(720 * random.next() - 60) * MS_PER_DAY
    const until = random.next() < 0.3 && ends > releasedAt ? { until: ends } : {}
    return { platform, type, regions, from: Math.max(EARLIEST_MS, releasedAt), ...until }
  })
}

/** Different people of a genre; the best known work most. */
function people({ genre }: GenreWords, role: 'cast' | 'director', count: number, random: Random): string[] {
  const genreNo = genreWords.findIndex((words) => words.genre === genre)
  const names = Array.from({ length: count }, () => {
    const renown = Math.floor(24 * ((1 - random.next()) ** -1.1 - 1))
    return personOf((renown * genreWords.length + genreNo) * 2 + (role === 'cast' ? 0 : 1))
  })
  return [...new Set(names)]
}

function votesFor(averageRating: number, random: Random): number {
  return Math.floor(Math.exp(5 + 1.8 * random.normal() + 0.4 * (averageRating - 6)))
}

/** Up to `count` different words, in a chance order. */
function pick<T>(words: readonly T[], count: number, random: Random): T[] {
  const left = [...words]
  return Array.from({ length: Math.min(count, left.length) }, () => left.splice(random.below(left.length), 1)[0])
}

function rounded(rating: number): number {
  return Math.round(rating * 10) / 10
}
