import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { FeedOptions } from '../../src/formats/feed.js'
import { openSource, openTable } from '../../src/formats/source.js'
import { collect, fileOf, told } from './files.js'

const options: FeedOptions = { now: Date.UTC(2026, 0, 1) }

const eventsOf = async (text: string, name = 'events.csv', given = options) => {
  const feed = await openTable(fileOf(name, text), 'events', given)
  return { notes: feed.notes, ...(await collect(feed.events?.())) }
}
const itemsOf = async (text: string, name = 'items.csv') =>
  collect((await openTable(fileOf(name, text), 'items', options)).items?.())

describe('events in CSV', () => {
  it('go by the names that other systems give their columns, packed or not', async () => {
    const headers = [
      'userId,itemId,rating,timestamp',
      'user_id,movieId,score,ts',
      'User ID,Item-ID,Stars,Date',
      'uid,product_id,RATING,event_time',
    ]
    const results = await Promise.all(
      headers.map(
        async (header, index) =>
          (await eventsOf(`${header}\nann,alien,4,1000000000\n`, index % 2 === 0 ? 'e.csv' : 'e.csv.gz')).values,
      ),
    )
    for (const values of results) {
      expect(values).toEqual(results[0])
      expect(values).toMatchObject([
        { userId: 'ann', itemId: 'alien', kind: 'rate', rating: { value: 4, min: 1, max: 5 }, occurredAt: 1_000_000_000_000 },
      ])
    }
  })

  it('may say times in seconds, milliseconds and ISO 8601', async () => {
    const { values, rejected } = await eventsOf(
      'userId,itemId,timestamp\na,1,1700000000\na,2,1700000000123\na,3,2023-11-14T22:13:20Z\na,4,2023-11-14 22:13:20\na,5,1.7e9\na,6,\na,7,99999999999\na,8,0000-01-01\n',
    )
    expect(values.map(({ occurredAt }) => occurredAt)).toEqual([
      1_700_000_000_000, 1_700_000_000_123, 1_700_000_000_000, 1_700_000_000_000,
    ])
    expect(told(rejected)).toEqual([
      '6: occurredAt must be an ISO 8601 date or date-time, or milliseconds since 1970',
      '7: occurredAt is required',
      '8: occurredAt must not lie more than a day in the future',
      '9: occurredAt must be an ISO 8601 date or date-time, or milliseconds since 1970',
    ])
  })

  it('have the kind that their cells imply when they name none', async () => {
    const { values } = await eventsOf(
      'userId,itemId,timestamp,kind,rating,completion,rewatch,device\na,1,1,,5,,,\na,2,2,,,0.4,true,tv\na,3,3,,,0.95,,\na,4,4,,,,,\na,5,5,Watch,,,no,\n',
    )
    expect(values.map(({ kind }) => kind)).toEqual(['rate', 'progress', 'complete', 'play', 'play'])
    expect(values[1]).toMatchObject({ rewatch: true, completion: 0.4, context: { device: 'tv' } })
  })

  it('have ratings on the scale of their columns, of the options, or 1–5', async () => {
    expect((await eventsOf('userId,itemId,ts,rating,ratingMin,ratingMax\na,1,1,7,0,10\n')).values[0]?.rating).toEqual({
      value: 7,
      min: 0,
      max: 10,
    })
    const scaled = await eventsOf('userId,itemId,ts,rating\na,1,1,0.5\n', 'e.csv', {
      ...options,
      ratingScale: { min: 0.5, max: 5 },
    })
    expect(scaled.values[0]?.rating).toEqual({ value: 0.5, min: 0.5, max: 5 })
    const { rejected } = await eventsOf('userId,itemId,ts,rating\na,1,1,7\na,1,1,NaN\na,1,1,Infinity\na,1,1,good\n')
    expect(told(rejected)).toEqual([
      '2: rating must lie on its scale, 1–5; send { value, min, max } for another scale',
      '3: rating.value must be a number',
      '4: rating.value must be a number',
      '5: rating.value must be a number',
    ])
  })

  it('keep their ids, or get the same ones at every import', async () => {
    const csv = 'eventId,userId,itemId,ts\ne1,a,1,1\n,a,1,1\n,a,1,1\n'
    const [first, second] = [await eventsOf(csv), await eventsOf(csv)]
    const ids = first.values.map(({ eventId }) => eventId)
    expect(ids[0]).toBe('e1')
    expect(new Set(ids).size).toBe(3)
    expect(second.values.map(({ eventId }) => eventId)).toEqual(ids)
  })

  it('say which columns are not used', async () => {
    expect((await eventsOf('userId,itemId,ts,ip,browser\na,1,1,x,y\n')).notes).toEqual(['Columns not used: ip, browser.'])
  })

  it('may have any id that is UTF-8, and other delimiters', async () => {
    const { values } = await eventsOf('userId;itemId;ts\n🙂/a;"x;""y""";1\n')
    expect(values[0]).toMatchObject({ userId: '🙂/a', itemId: 'x;"y"' })
    expect((await eventsOf('userId\titemId\tts\na\tb\t1', 'events.tsv')).values).toHaveLength(1)
  })
})

describe('items in CSV', () => {
  it('read lists, years, running times and ratings; other columns become attributes', async () => {
    const { values, rejected } = await itemsOf(
      'movieId,title,genres,actors,director,year,runtime,mpaa,studio,budget,code\n1,Alien,"Sci-Fi|Horror","[""Sigourney Weaver""]",Ridley Scott,1979,117 min,R,Fox,11000000,007\n2,Untitled,,,,,,Not Rated,,,\n',
    )
    expect(rejected).toEqual([])
    expect(values[0]).toEqual({
      itemId: '1',
      kind: 'movie',
      title: 'Alien',
      genres: ['science fiction', 'horror'],
      cast: ['Sigourney Weaver'],
      directors: ['Ridley Scott'],
      themes: [],
      moods: [],
      languages: [],
      countries: [],
      releasedAt: Date.UTC(1979, 0, 1),
      durationMinutes: 117,
      maturity: '16+',
      offers: [],
      attributes: { studio: 'Fox', budget: 11_000_000, code: '007' },
      hidden: false,
    })
    expect(values[1]?.maturity).toBeUndefined()
  })

  it('take the exact day before the year, and offers as JSON', async () => {
    const { values } = await itemsOf(
      'id,name,type,releaseDate,year,offers\ns1,Show,TV Show,2020-05-06,2020,"[{""platform"":""web"",""type"":""free""}]"\n',
    )
    expect(values[0]).toMatchObject({
      kind: 'series',
      releasedAt: Date.UTC(2020, 4, 6),
      offers: [{ platform: 'web', type: 'free', regions: [] }],
    })
  })

  it('are rejected one by one for what is wrong with them', async () => {
    const { values, rejected } = await itemsOf(
      `itemId,title,description,durationMinutes,maturity,season\n1,,,,,\n,No id,,,,\n3,Long,${'x'.repeat(100_001)},,,\n4,Odd,,soon,,\n5,Odd,,,FSK-16,\n6,Odd,,,,1.5\n7,short\n8,Fine,,90,PG-13,1\n`,
    )
    expect(values.map(({ itemId }) => itemId)).toEqual(['8'])
    expect(told(rejected)).toEqual([
      '2: title is required',
      '3: itemId is required',
      '4: description must be at most 100,000 characters',
      '5: durationMinutes must be a number',
      expect.stringMatching(/^6: maturity must be one of all, 7\+/),
      '7: season must be a whole number',
      '8: must have 6 columns',
    ])
    expect(rejected[2]?.row.length).toBe(500)
  })
})

describe('users in CSV', () => {
  it('have traits, consent, and other columns as attributes', async () => {
    const feed = await openTable(
      fileOf('u.csv', 'user_id,gender,age_group,region,genres,consentTraining,age\nann,F,25-34,de,Drama|SciFi,false,31\n'),
      'users',
      options,
    )
    expect((await collect(feed.users?.())).values).toEqual([
      {
        userId: 'ann',
        traits: {
          chosenGenres: ['drama', 'science fiction'],
          blockedGenres: [],
          ageRange: '25-34',
          gender: 'F',
          region: 'DE',
          languages: [],
          subscriptions: [],
          attributes: { age: 31 },
        },
        consent: { training: false, personalisation: true },
      },
    ])
  })
})

describe('NDJSON', () => {
  it('is the API’s own shape, with BOM, CRLF, empty lines and no last line end', async () => {
    const text =
      '\uFEFF{"userId":"a","itemId":"1","kind":"play","occurredAt":1}\r\n\r\n{"eventId":"e","userId":"a","itemId":"2","kind":"rate","rating":5,"occurredAt":"2020-01-01"}'
    const { values, rejected } = await eventsOf(text, 'events.ndjson.gz')
    expect(rejected).toEqual([])
    expect(values).toMatchObject([
      { itemId: '1', rewatch: false },
      { eventId: 'e', rating: { value: 5, min: 1, max: 5 } },
    ])
    expect(values[0]?.eventId).toHaveLength(22)
  })

  it('rejects line by line what it cannot use', async () => {
    const rows = [
      '{"itemId":"1","kind":"movie","title":"Fine"}',
      '{"itemId":"2","kind":"movie"',
      '7',
      'null',
      '{"itemId":"3","kind":"movie","title":"T","genre":["x"]}',
      `{"itemId":"4","kind":"movie","title":"T","description":"${'x'.repeat(10 * 1024 * 1024)}"}`,
      '{"itemId":"5","kind":"movie","title":"T\\ud800"}',
      `{"itemId":"6","kind":"movie","title":"T","attributes":${'['.repeat(100_000)}${']'.repeat(100_000)}}`,
      '{"itemId":"7","kind":"movie","title":"T","averageRating":1e999}',
      '{"itemId":"8","kind":"movie","title":"Fine too"}',
    ]
    const { values, rejected } = await itemsOf(rows.join('\n'), 'items.ndjson')
    expect(values.map(({ itemId }) => itemId)).toEqual(['1', '8'])
    expect(told(rejected)).toEqual([
      '2: is not a JSON object on one line',
      '3: must be an object',
      '4: must be an object',
      '5: genre is not a known field',
      '6: is longer than 4194304 bytes',
      '7: title must not contain half of a surrogate pair',
      '8: attributes must be an object',
      '9: averageRating must be a number',
    ])
  })

  it('needs the time of an event, which would be another one at the next import', async () => {
    const { rejected } = await eventsOf(
      '{"userId":"a","itemId":"1","kind":"play"}\n{"userId":"a","itemId":"1","kind":"play","occurredAt":null}',
      'e.ndjson',
    )
    expect(told(rejected)).toEqual(['1: occurredAt is required', '2: occurredAt is required'])
  })

  it('that was cut off in the middle gives what is left, and tells where it ends', async () => {
    const lines = Array.from(
      { length: 50_000 },
      (_, index) => `{"userId":"u${index * 7919}","itemId":"${index}","kind":"play","occurredAt":${index}}`,
    )
    const packed = gzipSync(lines.join('\n'))
    const feed = await openTable(fileOf('cut.ndjson.gz', packed.subarray(0, packed.length - 1_000)), 'events', options)
    const { values, rejected } = await collect(feed.events?.())
    expect(values.length).toBeGreaterThan(40_000)
    expect(rejected).toHaveLength(1)
    expect(rejected[0]?.problem).toMatch(/compressed file ends too early/)
  })
})

describe('the name of a source', () => {
  it('opens directories and files, and finds out what a file holds', async () => {
    const csv = (text: string) => fileOf('some.csv', text)
    expect((await openSource(`csv:${csv('user,item,time\n')}`, options)).events).toBeDefined()
    expect((await openSource(`csv:${csv('id,title\n')}`, options)).items).toBeDefined()
    expect((await openSource(`csv:${csv('userId,age\n')}`, options)).users).toBeDefined()
    expect((await openSource(`ndjson:${fileOf('a', '{"userId":"a","itemId":"b"}')}`, options)).events).toBeDefined()
    expect((await openSource(`ndjson:${fileOf('a', '\n{"userId":"a"}')}`, options)).users).toBeDefined()
    expect((await openSource(`items:${fileOf('a', '{"itemId":"b"}')}`, options)).items).toBeDefined()
    expect((await openSource('vega', options)).items).toBeDefined()
  })

  it('is refused with what would have been right', async () => {
    const refusal = async (name: string) => {
      const error: unknown = await openSource(name, options).then(
        () => undefined,
        (error: unknown) => error,
      )
      return error
    }
    expect(await refusal('netflix:x')).toMatchObject({ code: 'INVALID_FILE', message: /movielens:<directory>, items:<file>/ })
    expect(await refusal('movielens')).toMatchObject({ code: 'INVALID_FILE' })
    expect(await refusal('constructor:x')).toMatchObject({ code: 'INVALID_FILE' })
    expect(await refusal('events:/no/such.csv')).toMatchObject({ code: 'FILE_NOT_FOUND', message: /no file \/no\/such.csv/ })
    expect(await refusal(`events:${fileOf('e.csv', '')}`)).toMatchObject({ code: 'INVALID_FILE', message: /is empty/ })
    expect(await refusal(`events:${fileOf('e.json', '[{"userId":"a"}]')}`)).toMatchObject({
      code: 'INVALID_FILE',
      message: /one object a line/,
    })
    expect(await refusal(`events:${fileOf('e.csv', 'a,b\n1,2\n')}`)).toMatchObject({
      code: 'INVALID_FILE',
      message: /lacks columns for events: userId \(or user, .*itemId \(or item.*occurredAt \(or timestamp.*It has a, b\./,
    })
    expect(await refusal(`csv:${fileOf('e.csv', 'a,b\n')}`)).toMatchObject({
      message: /for items: .* — for users: .* — for events/,
    })
    expect(await refusal(`ndjson:${fileOf('e.json', '{"a":1}')}`)).toMatchObject({ code: 'INVALID_FILE', message: /say which/ })
    expect(await refusal(`events:${fileOf('e.csv', '"open,header\n1,2\n')}`)).toMatchObject({
      code: 'INVALID_FILE',
      message: /first line/,
    })
  })
})
