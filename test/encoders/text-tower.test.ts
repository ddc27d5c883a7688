import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import { createTextEncoder, fitTextTower, type TextTower, textTowerDefaults } from '../../src/encoders/text-tower.js'
import { createTokeniser, fitVocabulary, vocabularyDefaults } from '../../src/encoders/vocabulary.js'
import { createKernels } from '../../src/math/kernels.js'
import { createArena } from '../../src/math/memory.js'

const texts = [
  'A crew in space meets an alien creature',
  'A lonely robot in space looks for a plant',
  'The crew of a space ship fights the alien queen',
  'Two lovers meet on a train to Vienna',
  'The lovers meet again in Paris',
  'A wedding in Paris brings two lovers together',
  '',
  '🎬',
]

function towerOf(some: readonly string[] = texts, dimensions = 4, seed = 'tower'): TextTower {
  const kernels = createKernels(createArena(2 ** 26))
  return fitTextTower(some, { ...textTowerDefaults, dimensions }, { kernels, random: createRandom(seed), checkpoint: () => {} })
}

function encoded(tower: TextTower, text: string): Float32Array {
  const out = new Float32Array(tower.dimensions)
  createTextEncoder(tower)(text, out)
  return out
}

const cosine = (a: Float32Array, b: Float32Array): number => a.reduce((sum, value, at) => sum + value * b[at]!, 0)

describe('a vocabulary', () => {
  it('keeps what stands in several texts but not in all, the most frequent first, weighed by how rare it is', () => {
    const options = { ...vocabularyDefaults, partWeight: 0 }
    const { words, weights } = fitVocabulary(['a b c', 'a b', 'a b d', 'a d'], options)
    expect(words).toEqual(['b', 'd'])
    expect(weights).toEqual([expect.closeTo(Math.log(4 / 3), 3), expect.closeTo(Math.log(4 / 2), 3)])
  })

  it('weighs a text by hand: (1 + log times) · rarity, of length 1 together', () => {
    const vocabulary = { words: ['b', 'd'], parts: [], weights: [1, 2], mostWords: 10 }
    const known = createTokeniser(vocabulary).tokenise('d b b unknown')
    const [b, d] = [1 + Math.log(2), 2]
    const length = Math.hypot(b, d)
    expect([...known!.tokens]).toEqual([0, 1])
    expect([...known!.weights]).toEqual([expect.closeTo(b / length, 6), expect.closeTo(d / length, 6)])
    expect(known!.isCut).toBe(false)
  })

  it('says when a text was cut, and when it knows nothing of it', () => {
    const tokeniser = createTokeniser({ words: ['b'], parts: [], weights: [1], mostWords: 3 })
    expect(tokeniser.tokenise('b b b')?.isCut).toBe(false)
    expect(tokeniser.tokenise('b b b b')?.isCut).toBe(true)
    expect(tokeniser.tokenise('b '.repeat(500_000))?.isCut).toBe(true)
    for (const nothing of ['', '🎬🍿', 'zzz']) expect(tokeniser.tokenise(nothing)).toBeUndefined()
  })
})

describe('the catalogue tower', () => {
  it('puts texts about the same thing closer than others', () => {
    const tower = towerOf()
    const [alien, robot, , train, paris] = texts.map((text) => encoded(tower, text))
    expect(cosine(alien!, robot!)).toBeGreaterThan(cosine(alien!, train!))
    expect(cosine(train!, paris!)).toBeGreaterThan(cosine(paris!, robot!))
  })

  it('gives vectors of unit length, and NaN where it knows nothing', () => {
    const tower = towerOf()
    for (const text of texts.slice(0, 6)) expect(cosine(encoded(tower, text), encoded(tower, text))).toBeCloseTo(1, 5)
    for (const text of ['', '🎬', 'qqqq xxxx']) expect([...encoded(tower, text)].every(Number.isNaN)).toBe(true)
  })

  it('stands a catalogue of fewer texts than dimensions, of one text, and of none', () => {
    const tower = towerOf(texts, 512)
    expect(cosine(encoded(tower, texts[0]!), encoded(tower, texts[0]!))).toBeCloseTo(1, 5)
    for (const few of [[], ['alone'], ['same words', 'same words']]) {
      const small = towerOf(few, 16)
      expect(small.dimensions).toBe(16)
      expect([...encoded(small, few[0] ?? 'x')].every(Number.isNaN)).toBe(true)
    }
  })

  it('knows a name with a typing error', () => {
    const tower = towerOf(['Stalker by Tarkovsky', 'Solaris by Tarkovsky', 'A comedy about a dog', 'A comedy about a cat'], 3)
    const typo = encoded(tower, 'Tarkovski')
    expect(cosine(typo, encoded(tower, 'Tarkovsky'))).toBeGreaterThan(cosine(typo, encoded(tower, 'comedy')) + 0.5)
  })

  it('is the same bytes from the same texts and seed', () => {
    expect([...towerOf().table]).toEqual([...towerOf().table])
  })
})
