import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import type { Catalogue } from '../../src/features/catalogue.js'
import type { Dataset } from '../../src/features/dataset.js'
import { createDatasetBuilder } from '../../src/features/dataset-builder.js'
import type { ItemVectors } from '../../src/features/item-vectors.js'
import { createKernels } from '../../src/math/kernels.js'
import { createArena } from '../../src/math/memory.js'
import { content } from '../../src/models/content.js'
import { contentProjection } from '../../src/models/content-projection.js'
import type { Algorithm, Model } from '../../src/models/model.js'
import { catalogueOf, itemWith } from '../catalogue-of.js'

const byContent = content as unknown as Algorithm
const byProjection = contentProjection as unknown as Algorithm
const kernels = createKernels(createArena(2 ** 27))
const random = createRandom('content models')

/** Two audiences: even items are space films by one director, odd ones romances by another. Items 20 to 23 are new. */
const KNOWN = 20
const isSpace = (item: number): boolean => item % 2 === 0
const catalogue = catalogueOf(
  ...Array.from({ length: 26 }, (_, item) =>
    item >= 24
      ? itemWith({ itemId: `bare ${item}`, kind: 'other' })
      : itemWith({
          itemId: `${item}`,
          genres: [isSpace(item) ? 'science fiction' : 'romance', 'drama'],
          directors: [isSpace(item) ? 'Ridley Scott' : 'Nora Ephron'],
        }),
  ),
)
const data = audience()

function audience(): Dataset {
  const builder = createDatasetBuilder(catalogue.itemNos)
  for (let user = 0; user < 40; user++) {
    for (let at = 0; at < 6; at++) builder.add(user, 2 * random.below(KNOWN / 2) + (user % 2), 1, at)
  }
  return builder.build({ asOfDay: 10 })
}

function train(algorithm: Algorithm, options: object, given: { catalogue?: Catalogue; vectors?: ItemVectors } = {}): Model {
  const run = { kernels, random: createRandom('run'), catalogue, checkpoint: () => {}, ...given }
  return algorithm.train(data, { ...algorithm.defaults, ...options }, run)
}

function scores(model: Model, items: readonly number[]): Float32Array {
  const history = { items: kernels.arena.u32(items.length), weights: kernels.arena.f32(items.length).fill(1) }
  history.items.set(items)
  const out = kernels.arena.f32(model.itemCount)
  model.score(history, out)
  return out.slice()
}

const models: readonly (readonly [string, () => Model])[] = [
  ['content', () => train(byContent, { dimensions: 16, tasteDimensions: 4 })],
  ['content-projection', () => train(byProjection, { factors: 4 })],
]

for (const [name, make] of models) {
  describe(name, () => {
    it('ranks titles nobody has watched for the audience of their kind', () => {
      const model = make()
      const space = scores(model, [0, 2, 4])
      const romance = scores(model, [1, 3, 5])
      for (const item of [20, 22]) expect(space[item]!).toBeGreaterThan(Math.max(space[21]!, space[23]!))
      for (const item of [21, 23]) expect(romance[item]!).toBeGreaterThan(Math.max(romance[20]!, romance[22]!))
    })

    it('cannot tell of a title of which nothing is known, and hears nothing from it', () => {
      const model = make()
      expect(Number.isNaN(scores(model, [0])[24]!)).toBe(true)
      expect([...scores(model, [24])].every(Number.isNaN)).toBe(true)
      expect(scores(model, [0, 24])).toEqual(scores(model, [0]))
    })

    it('hears a title that nobody else watched yet', () => {
      const model = make()
      const space = scores(model, [20])
      expect(space[22]!).toBeGreaterThan(space[21]!)
    })

    it('knows nothing of averages to come: the catalogue’s ratings change no bit of it', () => {
      const rated = { ...catalogue, numbers: { ...catalogue.numbers, averageRating: new Float32Array(26).fill(9) } }
      const plain = make().save().arrays
      const again =
        name === 'content'
          ? train(byContent, { dimensions: 16, tasteDimensions: 4 }, { catalogue: rated })
          : train(byProjection, { factors: 4 }, { catalogue: rated })
      for (const [array, values] of Object.entries(again.save().arrays)) expect([...values]).toEqual([...plain[array]!])
    })
  })
}

describe('content', () => {
  it('is by hand without an audience’s tastes: two titles that share one of two words each', () => {
    const three = catalogueOf(
      itemWith({ itemId: 'a', genres: ['x', 'y'], kind: 'movie' }),
      itemWith({ itemId: 'b', genres: ['y', 'z'], kind: 'movie' }),
      itemWith({ itemId: 'c', genres: ['v', 'w'], kind: 'movie' }),
    )
    const builder = createDatasetBuilder(three.itemNos)
    builder.add(0, 0, 1, 1)
    const options = { ...content.defaults, dimensions: 8, tasteDimensions: 0, tasteShare: 0 }
    const run = { kernels, random: createRandom('hand'), catalogue: three, checkpoint: () => {} }
    const model = content.train(builder.build({ asOfDay: 2 }), options, run)
    // Words of a: x, y, its kind, and that genres are told. b shares y and the last two: 3 of 4. c shares the last two: 2 of 4.
    const found = scores(model, [0])
    expect([...found]).toEqual([expect.closeTo(1, 4), expect.closeTo(3 / 4, 3), expect.closeTo(2 / 4, 3)])
  })

  it('tells texts apart where nothing else is known', () => {
    const bare = catalogueOf(...Array.from({ length: 26 }, (_, at) => itemWith({ itemId: `${at}`, kind: 'other' })))
    const values = new Float32Array(26 * 2)
    for (let item = 0; item < 26; item++) values[2 * item + (item % 2)] = 1
    values.fill(Number.NaN, 50)
    const vectors = { version: 'test', dimensions: 2, itemNos: bare.itemNos, values }
    const model = train(byContent, { dimensions: 8, tasteDimensions: 2 }, { catalogue: bare, vectors })
    const found = scores(model, [0])
    expect(found[20]!).toBeGreaterThan(found[21]!)
    expect(Number.isNaN(found[25]!)).toBe(true)
  })
})
