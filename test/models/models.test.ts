import { describe, expect, it } from 'vitest'
import { algorithms } from '../../src/models/index.js'
import { checks, type Subject } from './conformance.js'

/** Every algorithm's line. Quality bands stand about a tenth around what was measured. */
const expectations: Readonly<Record<string, Omit<Subject, 'algorithm'>>> = {
  popularity: { options: { halfLifeDays: 30 }, personal: false, quality: { floor: 0.01, ceiling: 0.9 } },
  ease: { options: { regularization: 20 }, personal: true, quality: { floor: 0.01, ceiling: 0.9 } },
  transitions: { options: { window: 5 }, personal: true, quality: { floor: 0.01, ceiling: 0.9 } },
  'next-item': { options: { regularization: 20 }, personal: true, quality: { floor: 0.01, ceiling: 0.9 } },
  als: { options: { factors: 4, regularization: 0.02 }, personal: true, quality: { floor: 0.01, ceiling: 0.9 } },
}

it('has an expectation for every algorithm, and no other', () => {
  expect(Object.keys(expectations).sort()).toEqual([...algorithms.keys()].sort())
})

for (const [name, algorithm] of algorithms) {
  describe(name, () => {
    const subject: Subject = { algorithm, ...expectations[name]! }
    for (const check of checks) it(check.name, () => check.run(subject))
  })
}
