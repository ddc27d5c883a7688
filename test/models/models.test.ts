import { describe, expect, it } from 'vitest'
import { algorithms } from '../../src/models/index.js'
import { checksFor, type Subject } from './conformance.js'

/** Every algorithm's line. Quality bands stand about a tenth around what was measured. */
const expectations: Readonly<Record<string, Omit<Subject, 'algorithm'>>> = {
  popularity: { options: { halfLifeDays: 180 }, personal: false, quality: { floor: 0.06, ceiling: 0.076 } },
  ease: { options: { regularization: 20 }, personal: true, quality: { floor: 0.27, ceiling: 0.33 } },
  transitions: { options: {}, personal: true, quality: { floor: 0.385, ceiling: 0.47 } },
  'next-item': { options: { regularization: 20 }, personal: true, quality: { floor: 0.39, ceiling: 0.47 } },
  'genre-overlap': { options: {}, personal: true, quality: { floor: 0.176, ceiling: 0.216 } },
  'graph-walk': { options: {}, personal: true, quality: { floor: 0.385, ceiling: 0.47 } },
  'gated-recurrence': { options: { dimensions: 32, epochs: 6 }, personal: true, quality: { floor: 0.38, ceiling: 0.47 } },
  als: { options: { factors: 4, regularization: 0.02 }, personal: true, quality: { floor: 0.21, ceiling: 0.26 } },
  'item-knn': { options: {}, personal: true, quality: { floor: 0.29, ceiling: 0.355 } },
  'user-knn': { options: {}, personal: true, quality: { floor: 0.38, ceiling: 0.46 } },
  'ease-sparse': {
    options: { regularization: 20, neighbours: 30, shared: 0.1 },
    personal: true,
    quality: { floor: 0.1, ceiling: 0.9 },
  },
  content: {
    options: { dimensions: 24, tasteDimensions: 8 },
    personal: true,
    quality: { floor: 0.22, ceiling: 0.27 },
  },
  'content-projection': {
    options: { factors: 8, regularization: 0.02 },
    personal: true,
    quality: { floor: 0.23, ceiling: 0.285 },
  },
  'random-walk': { options: {}, personal: true, quality: { floor: 0.3, ceiling: 0.365 } },
}

it('has an expectation for every algorithm, and no other', () => {
  expect(Object.keys(expectations).sort()).toEqual([...algorithms.keys()].sort())
})

for (const [name, algorithm] of algorithms) {
  describe(name, () => {
    const subject: Subject = { algorithm, ...expectations[name]! }
    for (const check of checksFor(subject)) it(check.name, () => check.run(subject))
  })
}
