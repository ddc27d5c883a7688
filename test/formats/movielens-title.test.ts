import { describe, expect, it } from 'vitest'
import { parseTitle } from '../../src/formats/movielens-title.js'

describe('a MovieLens title', () => {
  it.each([
    ['Toy Story (1995)', 'Toy Story', 1995, []],
    ['Matrix, The (1999)', 'The Matrix', 1999, []],
    ['Lord of the Rings: The Two Towers, The (2002) ', 'The Lord of the Rings: The Two Towers', 2002, []],
    [
      'City of Lost Children, The (Cité des enfants perdus, La) (1995)',
      'The City of Lost Children',
      1995,
      ['La Cité des enfants perdus'],
    ],
    ["Avventura, L' (Adventure, The) (1960)", "L'Avventura", 1960, ['The Adventure']],
    ['Seven (a.k.a. Se7en) (1995)', 'Seven', 1995, ['Se7en']],
    [
      'Seven Samurai (The Magnificent Seven) (Shichinin no samurai) (1954)',
      'Seven Samurai',
      1954,
      ['The Magnificent Seven', 'Shichinin no samurai'],
    ],
    [
      'Land Before Time III: The Time of the Great Giving (1995) (V)',
      'Land Before Time III: The Time of the Great Giving',
      1995,
      [],
    ],
    ['Death Note: Desu nôto (2006–2007)', 'Death Note: Desu nôto', 2006, []],
    ['Babylon 5', 'Babylon 5', undefined, []],
    ['unknown', 'unknown', undefined, []],
    ['2046 (2004)', '2046', 2004, []],
    ['(500) Days of Summer (2009)', '(500) Days of Summer', 2009, []],
    ['Paris, France (1993)', 'Paris, France', 1993, []],
  ] as const)('%s', (text, title, year, alternates) => {
    expect(parseTitle(text)).toEqual({ title, alternates, ...(year === undefined ? {} : { year }) })
  })
})
