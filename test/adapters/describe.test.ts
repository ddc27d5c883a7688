import { expect, it } from 'vitest'
import { emptyAdapter } from '../../src/adapters/adapter.js'
import { describeAdapter } from '../../src/adapters/describe.js'
import { createRandom } from '../../src/domain/random.js'
import { madeUpTier } from './made-up.js'

it('says what an adapter lifts and lowers, by feature and cell, strongest first', () => {
  const plain = madeUpTier(createRandom(1), { cells: 2, rank: 2, features: 3 })
  const space = {
    ...plain.space,
    features: ['genre.horror', 'genre.comedy', 'graph.z'],
    cells: ['always', 'device:phone'],
    loadings: Float32Array.of(1, -0.5, 0, 0, 0, 2),
  }
  const tier = { ...plain, space }
  const adapter = { ...emptyAdapter(space), values: Float32Array.of(0.5, 0, 0.1, -0.4) }
  const said = describeAdapter(tier, adapter).map(({ cell, feature, lift }) => [cell, feature, Number(lift.toFixed(3))])
  expect(said).toEqual([
    ['device:phone', 'graph.z', -0.8],
    ['always', 'genre.horror', 0.5],
    ['always', 'genre.comedy', -0.25],
    ['device:phone', 'genre.horror', 0.1],
    ['device:phone', 'genre.comedy', -0.05],
  ])
  expect(describeAdapter(tier, adapter, 2)).toHaveLength(2)
  expect(describeAdapter(tier, emptyAdapter(space))).toEqual([])
})
