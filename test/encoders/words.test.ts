import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { partsOf, wordsOf } from '../../src/encoders/words.js'

describe('wordsOf', () => {
  it('finds words whatever their case, accents and width', () => {
    expect(wordsOf('Le Fabuleux Destin d’Amélie Poulain')).toEqual(['le', 'fabuleux', 'destin', 'damelie', 'poulain'])
    expect(wordsOf("Schindler's List (1993)")).toEqual(['schindlers', 'list', '1993'])
    expect(wordsOf('ＡＫＩＲＡ')).toEqual(['akira'])
  })

  it('cuts scripts without spaces into pairs, and leaves others whole', () => {
    expect(wordsOf('千と千尋')).toEqual(['千と', 'と千', '千尋'])
    expect(wordsOf('Сталкер')).toEqual(['сталкер'])
    expect(wordsOf('王')).toEqual(['王'])
  })

  it('finds none in what says nothing', () => {
    for (const text of ['', '   ', '🎬🍿', '—…!?', '\u0000']) expect(wordsOf(text)).toEqual([])
  })

  it('reads a megabyte no further than asked', () => {
    expect(wordsOf('word '.repeat(200_000), 20)).toEqual(['word', 'word', 'word', 'word'])
  })

  it('finds the same words the quick way and the long one, whatever stands beside them', () => {
    const long = (text: string): string[] => {
      const letters = text.normalize('NFKD').replace(/\p{M}/gu, '')
      const plain = letters.replace(/(?<=\p{L})['’](?=\p{L})/gu, '').toLowerCase()
      return plain.match(/[\p{L}\p{N}]+/gu) ?? []
    }
    const pieces = [
      "it's",
      "rock'n'roll",
      "90's",
      "''",
      'É',
      'ΣΑΣ',
      '½',
      '\u00a0',
      '\u0301',
      ' ',
      '\n',
      '-',
      'Kelvin',
      'İ',
      'x',
      '’',
      "'",
      'ﬁn',
    ]
    const texts = fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string()), { maxLength: 12 }).map((parts) => parts.join(''))
    fc.assert(
      fc.property(texts, (text) => {
        expect(wordsOf(text)).toEqual(long(text))
      }),
    )
    expect(wordsOf("Rock'n'Roll, the 90's 'Best' of it's")).toEqual(['rocknroll', 'the', '90', 's', 'best', 'of', 'its'])
  })

  it('never fails, and never gives an empty word', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => wordsOf(text).every((word) => word.length > 0)))
  })
})

describe('partsOf', () => {
  it('marks the ends: a mistyped name shares most parts with the right one', () => {
    expect(partsOf('it')).toEqual(['<it', 'it>', '<it>'])
    const right = new Set(partsOf('godfather'))
    const shared = partsOf('godfahter').filter((part) => right.has(part))
    expect(shared.length).toBeGreaterThanOrEqual(6)
  })
})
