import { describe, expect, it } from 'vitest'
import { openMovielens } from '../../src/formats/movielens.js'
import { collect, directoryOf, told } from './files.js'

const now = Date.UTC(2026, 0, 1)
const latin1 = (text: string): Buffer => Buffer.from(text, 'latin1')

const set1m = {
  'movies.dat': latin1("1::Toy Story (1995)::Animation|Children's|Comedy\n2::Misérables, Les (1995)::Drama|Musical\n"),
  'users.dat': latin1('1::F::1::10::48067\n2::M::56::16::70072\n'),
}

describe('MovieLens 1M', () => {
  it('is read from the official files: items, users, and each user’s ratings in order of time', async () => {
    const ratings = '1::2::5::978300760\n1::1::3::978300750\n2::1::4::978300760\n2::2::4::978300760\n'
    const feed = await openMovielens(directoryOf({ ...set1m, 'ratings.dat': ratings }), { now })
    expect(feed.title).toBe('MovieLens 1M (ratings.dat)')
    const items = await collect(feed.items?.())
    expect(items.rejected).toEqual([])
    expect(items.values[0]).toMatchObject({
      itemId: '1',
      kind: 'movie',
      title: 'Toy Story',
      genres: ['animation', 'children', 'comedy'],
      releasedAt: Date.UTC(1995, 0, 1),
    })
    expect(items.values[1]?.title).toBe('Les Misérables')
    const users = await collect(feed.users?.())
    expect(users.values[0]?.traits).toMatchObject({
      gender: 'F',
      ageRange: 'Under 18',
      attributes: { occupation: 'K-12 student', zipCode: '48067' },
    })
    const events = await collect(feed.events?.())
    expect(events.values.map(({ userId, itemId }) => `${userId}/${itemId}`)).toEqual(['1/1', '1/2', '2/1', '2/2'])
    expect(events.values[0]).toMatchObject({ kind: 'rate', rating: { value: 3, min: 1, max: 5 }, occurredAt: 978_300_750_000 })
    expect(events.values[0]?.completion).toBeUndefined()
    expect(new Set(events.values.map(({ eventId }) => eventId)).size).toBe(4)
  })

  it('follows seqPos, not the file and not the clock, where the ratings are a csv with seqPos; the ids are the same', async () => {
    const csv =
      'userId,movieId,rating,timestamp,tsEstimated,seqPos\n1,1193,5,100,0,2\n1,661,3,100,1,0\n1,914,3,100,0,1\n2,914,1,50,0,0\n'
    const feed = await openMovielens(directoryOf({ ...set1m, 'ratings.csv.gz': csv }), { now })
    const { values } = await collect(feed.events?.())
    expect(values.map(({ itemId }) => itemId)).toEqual(['661', '914', '1193', '914'])
    const official = await openMovielens(directoryOf({ ...set1m, 'ratings.dat': '1::1193::5::100\n' }), { now })
    expect((await collect(official.events?.())).values[0]?.eventId).toBe(values[2]?.eventId)
  })

  it('takes plots, cast and dates from movies_extrainfos.dat when it is there', async () => {
    const extra =
      '1::Toy Story::1995::G::22 Nov 1995::Animation, Family::John Lasseter::Someone (story)::Tom Hanks, Tim Allen::Toys: part 1 :: part 2.::http://poster\r\n' +
      '2::Les Miserables::1995::UNRATED::N/A::N/A::N/A::N/A::N/A::N/A::N/A\r\n'
    const feed = await openMovielens(directoryOf({ ...set1m, 'ratings.dat': '', 'movies_extrainfos.dat': extra }), { now })
    const { values } = await collect(feed.items?.())
    expect(values[0]).toMatchObject({
      description: 'Toys: part 1 :: part 2.',
      genres: ['animation', 'children', 'comedy', 'family'],
      cast: ['Tom Hanks', 'Tim Allen'],
      directors: ['John Lasseter'],
      maturity: 'all',
      releasedAt: Date.UTC(1995, 10, 22),
    })
    expect(values[1]).toMatchObject({ cast: [], releasedAt: Date.UTC(1995, 0, 1) })
    expect(values[1]?.description).toBeUndefined()
    expect(feed.notes).toEqual(['Plots, cast and directors come from movies_extrainfos.dat.'])
  })

  it('rejects rows that make no sense, with line and reason, and goes on', async () => {
    const rows = [
      '1::1::5::978300760',
      '1::1::5',
      '1::1::5::978300760::7',
      '1::1::NaN::978300760',
      '1::1::::978300760',
      '1::1::6::978300760',
      '1::1::Infinity::978300760',
      '1::1::5::yesterday',
      '1::1::5::-5',
      '1::1::5::99999999999',
      '::1::5::978300760',
      `1::${'x'.repeat(513)}::5::978300760`,
      'garbage',
      '',
      '1::2::1::978300761',
    ]
    const feed = await openMovielens(directoryOf({ ...set1m, 'ratings.dat': rows.join('\n') }), { now })
    const { values, rejected } = await collect(feed.events?.())
    expect(values.map(({ itemId }) => itemId)).toEqual(['1', '2'])
    expect(told(rejected)).toEqual([
      '2: must have 4 columns',
      '3: must have 4 columns',
      '4: rating must be a number',
      '5: rating must be a number',
      '6: rating must lie on its scale, 1–5',
      '7: rating must be a number',
      '8: timestamp must be seconds since 1970',
      '9: timestamp must be seconds since 1970',
      '10: timestamp must not lie more than a day in the future',
      '11: userId must not be empty',
      '12: movieId must be at most 512 bytes',
      '13: must have 4 columns',
    ])
    expect(rejected[0]).toMatchObject({ file: 'ratings.dat', row: '1::1::5' })
  })

  it('keeps rows that are truly repeated apart', async () => {
    const feed = await openMovielens(directoryOf({ ...set1m, 'ratings.dat': '1::1::5::100\n1::1::5::100\n' }), { now })
    const { values } = await collect(feed.events?.())
    expect(new Set(values.map(({ eventId }) => eventId)).size).toBe(2)
  })

  it('without users is MovieLens 10M, whose ratings go in halves', async () => {
    const feed = await openMovielens(directoryOf({ 'movies.dat': '1::Été (1968)::Drama\n', 'ratings.dat': '1::1::0.5::100\n' }), {
      now,
    })
    expect(feed.title).toBe('MovieLens 10M (ratings.dat)')
    expect((await collect(feed.items?.())).values[0]?.title).toBe('Été')
    expect((await collect(feed.events?.())).values[0]?.rating).toEqual({ value: 0.5, min: 0.5, max: 5 })
  })
})

describe('MovieLens 100K', () => {
  const flags = (...set: number[]): string => Array.from({ length: 3 }, (_, flag) => (set.includes(flag) ? 1 : 0)).join('|')
  const files = {
    'u.genre': "unknown|0\nAction|1\nChildren's|2\n\n",
    'u.item': latin1(
      `1|Toy Story (1995)|01-Jan-1995||http://x|${flags(2)}\n266|Été, L' (1996)|14-Feb-1996||http://x|${flags(1)}\n267|unknown||||${flags(0)}\n`,
    ),
    'u.user': '1|24|M|technician|85711\n2|old|F|other|94043\n',
    'u.data': '196\t242\t3\t881250949\n1\t267\t5\t881250948\n',
  }

  it('is read with its flags as genres, and the title called unknown as it is', async () => {
    const feed = await openMovielens(directoryOf(files), { now })
    const items = await collect(feed.items?.())
    expect(items.rejected).toEqual([])
    expect(items.values.map(({ title, genres, releasedAt }) => [title, genres, releasedAt])).toEqual([
      ['Toy Story', ['children'], Date.UTC(1995, 0, 1)],
      ["L'Été", ['action'], Date.UTC(1996, 1, 14)],
      ['unknown', [], undefined],
    ])
    const users = await collect(feed.users?.())
    expect(users.values[0]?.traits).toMatchObject({
      gender: 'M',
      ageRange: '18-24',
      attributes: { age: 24, occupation: 'technician' },
    })
    expect(told(users.rejected)).toEqual(['2: traits.attributes.age must be text or a number or true or false'])
    expect((await collect(feed.events?.())).values.map(({ userId }) => userId)).toEqual(['196', '1'])
  })

  it('takes plots and cast from items_info.imdb.json when it is there, and says when it is broken', async () => {
    const infos = JSON.stringify([
      {
        movielens_id: '1',
        imdb_id: '0114709',
        plot: 'Toys.',
        genres: 'Animation',
        year: '1995',
        rating: '8.3',
        directors: 'John Lasseter',
        cast: 'Tom Hanks, Tim Allen',
      },
      { movielens_id: '267', imdb_id: '', plot: '', genres: '', year: '', rating: '', directors: '', cast: '' },
      null,
      7,
    ])
    const feed = await openMovielens(directoryOf({ ...files, 'items_info.imdb.json': infos }), { now })
    const { values } = await collect(feed.items?.())
    expect(values[0]).toMatchObject({
      description: 'Toys.',
      averageRating: 8.3,
      directors: ['John Lasseter'],
      attributes: { imdbId: 'tt0114709' },
    })
    expect(values[2]).toMatchObject({ cast: [], attributes: {} })
    await expect(openMovielens(directoryOf({ ...files, 'items_info.imdb.json': '[{' }), { now })).rejects.toMatchObject({
      code: 'INVALID_FILE',
    })
  })
})

describe('MovieLens latest', () => {
  const files = {
    'ratings.csv': 'userId,movieId,rating,timestamp\r\n1,2,4.5,200\r\n1,1,0.5,100\r\n2,1,5.0,50\r\n',
    'movies.csv':
      'movieId,title,genres\r\n1,Toy Story (1995),Adventure|Sci-Fi\r\n2,"American President, The (1995)",(no genres listed)\r\n3,"Broken\r\n4,Heat (1995),Crime,extra\r\n',
    'links.csv': 'movieId,imdbId,tmdbId\r\n1,0114709,862\r\n2,0112346,\r\n',
    'tags.csv':
      'userId,movieId,tag,timestamp\r\n1,1,Pixar,1\r\n2,2,pixar ,1\r\n1,1,in netflix queue,1\r\n1,1,in netflix queue,2\r\n',
  }

  it('is read with links, with tags that two users share, and with ratings in halves', async () => {
    const feed = await openMovielens(directoryOf(files), { now })
    const items = await collect(feed.items?.())
    expect(items.values.map(({ title }) => title)).toEqual(['Toy Story', 'The American President'])
    expect(items.values[0]).toMatchObject({
      genres: ['adventure', 'science fiction'],
      themes: ['pixar'],
      attributes: { imdbId: 'tt0114709', tmdbId: 862 },
    })
    expect(items.values[1]).toMatchObject({ genres: [], attributes: { imdbId: 'tt0112346' } })
    expect(told(items.rejected)).toEqual(['4: opens a quote that is never closed', '5: must have 3 columns'])
    const { values } = await collect(feed.events?.())
    expect(values.map(({ itemId, rating }) => [itemId, rating?.value])).toEqual([
      ['1', 0.5],
      ['2', 4.5],
      ['1', 5],
    ])
    expect(values[0]?.rating).toEqual({ value: 0.5, min: 0.5, max: 5 })
  })

  it('says which extras are missing, and refuses a ratings file without its columns', async () => {
    const { 'links.csv': _links, 'tags.csv': _tags, ...bare } = files
    expect((await openMovielens(directoryOf(bare), { now })).notes).toEqual(['There is no links.csv.', 'There is no tags.csv.'])
    const feed = await openMovielens(directoryOf({ ...files, 'ratings.csv': 'user,movie,stars\n1,1,5\n' }), { now })
    await expect(collect(feed.events?.())).rejects.toMatchObject({ code: 'INVALID_FILE', message: /no column userId/ })
  })
})

describe('a directory that is no MovieLens set', () => {
  it('is refused with what was looked for and what was found', async () => {
    await expect(openMovielens('/nowhere/ml', { now })).rejects.toMatchObject({ code: 'FILE_NOT_FOUND', message: /no directory/ })
    await expect(openMovielens(directoryOf({ 'readme.txt': '' }), { now })).rejects.toMatchObject({
      code: 'INVALID_FILE',
      message: expect.stringMatching(/Looked for u\.data.*ml-1m.*ml-latest.*Found readme\.txt/),
    })
    await expect(openMovielens(directoryOf({}), { now })).rejects.toMatchObject({
      message: expect.stringContaining('Found nothing'),
    })
  })
})
