import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import { createPlainKernels } from '../../src/math/kernels.js'
import { type Arena, createArena } from '../../src/math/memory.js'
import { plainNeuralKernels } from '../../src/math/plain-neural-kernels.js'
import { batchesOf, sequencesOf } from '../../src/models/gated-recurrence/batches.js'
import {
  backward,
  headForward,
  initialize,
  mixForward,
  newActivations,
  parameterCount,
  parametersIn,
} from '../../src/models/gated-recurrence/network.js'
import { createSampler } from '../../src/models/gated-recurrence/sample.js'
import { descend } from '../../src/models/gated-recurrence/training.js'
import { type GatedRecurrenceOptions, gatedRecurrence } from '../../src/models/gated-recurrence.js'
import { generateWorld } from './generated-world.js'
import { historyIn, listsOf, newRun, randomData } from './random-data.js'

const options: GatedRecurrenceOptions = { ...gatedRecurrence.defaults, dimensions: 8, epochs: 2, reach: 5 }

describe('batches', () => {
  const data = randomData(createRandom(1))
  const sequences = sequencesOf(data)
  const pairs = listsOf(data)
    .map((entries) => entries.filter(({ engagement }) => engagement > 0).map(({ item }) => item))
    .flatMap((items) => items.slice(1).map((next, at) => `${items[at]}→${next}`))

  it('foresee every engaged event that has one before it, once a pass', () => {
    for (const seed of [1, 2, 3]) {
      const batches = [...batchesOf(sequences, 4, 16, createRandom(seed))]
      const seen = batches.flatMap(({ items, targets }) => Array.from(items, (item, row) => `${item}→${targets[row]}`))
      expect(seen.sort()).toEqual([...pairs].sort())
      expect(sequences.targets).toBe(pairs.length)
    }
  })

  it('hold no more than they may, in runs no longer than they may be, each of one user’s neighbours', () => {
    for (const { items, targets, start } of batchesOf(sequences, 4, 16, createRandom(1))) {
      expect(items.length).toBeLessThanOrEqual(16)
      expect(start[start.length - 1]).toBe(items.length)
      for (let run = 0; run + 1 < start.length; run++) {
        expect(start[run + 1]! - start[run]!).toBeLessThanOrEqual(4)
        for (let row = start[run]!; row + 1 < start[run + 1]!; row++) expect(items[row + 1]).toBe(targets[row])
      }
    }
  })

  it('cut elsewhere in every pass', () => {
    const random = createRandom(1)
    const [one, other] = [0, 1].map(() => [...batchesOf(sequences, 4, 16, random)].map(({ start }) => [...start]))
    expect(one).not.toEqual(other)
  })
})

describe('the sample of items', () => {
  const frequency = [0, 100, 10, 10, 5, 1, 1, 0, 1, 1, 1, 1, 1, 1]

  it('has every item as often as it says it would, never one twice, never one without events', () => {
    const random = createRandom(1)
    const sampler = createSampler(frequency, 5, 0.75)
    const items = new Uint32Array(sampler.size)
    const logWeight = new Float32Array(sampler.size)
    const drawn = new Float64Array(frequency.length)
    const chance = new Float64Array(frequency.length)
    for (let time = 0; time < 20_000; time++) {
      sampler.draw(random, items, logWeight)
      const sample = [...items].filter((_, at) => logWeight[at]! > -1e29)
      expect(sample).toHaveLength(5)
      expect(new Set(sample).size).toBe(5)
      items.forEach((item, at) => {
        if (logWeight[at]! <= -1e29) return
        drawn[item]! += 1 / 20_000
        chance[item] = Math.exp(-logWeight[at]!)
      })
    }
    frequency.forEach((count, item) => {
      expect(Math.abs(drawn[item]! - chance[item]!)).toBeLessThan(0.015)
      expect(chance[item]! > 0).toBe(count > 0)
    })
    expect(chance[1]).toBe(1) // so frequent that it is always there
    expect(chance[2]!).toBeGreaterThan(chance[4]!)
  })

  it('is the whole catalogue where it may be', () => {
    const sampler = createSampler(frequency, 100, 0.5)
    const [items, logWeight] = [new Uint32Array(sampler.size), new Float32Array(sampler.size)]
    sampler.draw(createRandom(1), items, logWeight)
    expect(sampler.size).toBe(12)
    expect([...items]).toEqual([1, 2, 3, 4, 5, 6, 8, 9, 10, 11, 12, 13])
    expect(logWeight.every((weight) => weight === 0)).toBe(true)
  })
})

describe('the network', () => {
  // 64-bit numbers where the kernels ask for 32-bit ones: the plain twins take any, and slopes can be told from rounding.
  const wide = { f32: (length: number) => new Float64Array(length) } as unknown as Arena
  const kernels = { ...createPlainKernels(createArena(2 ** 17)), ...plainNeuralKernels }
  const d = 4
  const start = Uint32Array.of(0, 2, 5)
  const random = createRandom(1)
  const all = wide.f32(parameterCount(d))
  const parameters = parametersIn(all, d)
  initialize(parameters, random)
  for (let at = 0; at < all.length; at++) all[at]! += 0.1 * random.normal()
  const x = wide.f32(5 * d).map(() => random.normal())
  const weight = wide.f32(5 * d).map(() => random.normal())

  const forward = () => {
    const a = newActivations(wide, 5, d)
    a.x.set(x)
    mixForward(a, parameters, start, kernels)
    headForward(a, parameters, kernels)
    return a
  }
  const loss = () => forward().norm3.out.reduce((sum, value, at) => sum + value * weight[at]!, 0)

  it('knows its slopes: of every parameter and of what goes in', () => {
    const gradient = wide.f32(all.length)
    const slopes = { x: weight.slice(), inner: wide.f32(5 * d), wide: wide.f32(10 * d) }
    backward(forward(), parameters, parametersIn(gradient, d), start, slopes, kernels)
    for (const [values, found] of [
      [all, gradient],
      [x, slopes.x],
    ] as const) {
      values.forEach((before, at) => {
        values[at] = before + 1e-5
        const above = loss()
        values[at] = before - 1e-5
        const below = loss()
        values[at] = before
        expect(Math.abs((above - below) / 2e-5 - found[at]!)).toBeLessThan(1e-6)
      })
    }
  })

  it('looks at nothing that comes later, and not at other runs', () => {
    const before = forward().norm3.out
    const kept = x.slice()
    for (let k = 0; k < d; k++) x[3 * d + k]! += 1
    const after = forward().norm3.out
    x.set(kept)
    expect(after.subarray(0, 3 * d)).toEqual(before.subarray(0, 3 * d))
    expect(after.subarray(3 * d)).not.toEqual(before.subarray(3 * d))
  })
})

describe('gated recurrence', () => {
  const { data } = generateWorld(createRandom('conformance'))

  it('says the same on the plain kernels', () => {
    const run = newRun()
    const model = gatedRecurrence.train(randomData(createRandom(1)), options, run)
    const plain = createPlainKernels(createArena(2 ** 24))
    const again = gatedRecurrence.restore(structuredClone(model.save()), plain)
    const [one, other] = [run.kernels, plain].map((kernels) => {
      const out = kernels.arena.f32(12)
      ;(kernels === plain ? again : model).score(historyIn(kernels, [3, 1, 4, 1, 5, 9, 2]), out)
      return [...out]
    })
    one!.forEach((score, item) => {
      if (Number.isNaN(score)) expect(other![item]).toBeNaN()
      else expect(score).toBeCloseTo(other![item]!, 4)
    })
  })

  it('reads the newest entries only, and their order', () => {
    const run = newRun()
    const model = gatedRecurrence.train(randomData(createRandom(1)), options, run)
    const scores = (...items: number[]) => {
      const out = run.kernels.arena.f32(12)
      model.score(historyIn(run.kernels, items), out)
      return [...out]
    }
    expect(scores(7, 8, 3, 1, 4, 1, 5)).toEqual(scores(3, 1, 4, 1, 5))
    expect(scores(3, 1, 4, 5, 1)).not.toEqual(scores(3, 1, 4, 1, 5))
  })

  it('loses less from epoch to epoch, with a sample of the items as with all of them', () => {
    const losses = [1024, 24].map((negatives) => [1, 4].map((epochs) => lossAfter(epochs, negatives)))
    for (const [early, late] of losses) expect(late).toBeLessThan(0.97 * early!)
    // Chance alone would lose log 120 = 4.79 of either: the sample stands for the whole.
    expect(Math.abs(losses[0]![1]! - losses[1]![1]!)).toBeLessThan(0.15)
  })

  function lossAfter(epochs: number, negatives: number): number {
    const { kernels } = newRun()
    const random = createRandom('descent')
    const { f32 } = kernels.arena
    const weights = { factors: f32(120 * 16), bias: f32(120), network: f32(parameterCount(16)) }
    for (let at = 0; at < weights.factors.length; at++) weights.factors[at] = 0.1 * random.normal()
    initialize(parametersIn(weights.network, 16), random)
    const { rate, factorRate, decay, negativeExponent } = gatedRecurrence.defaults
    const course = { epochs, negatives, negativeExponent, batchEvents: 128, runLength: 32, rate, factorRate, decay }
    const sequences = sequencesOf(data)
    const frequency = new Uint32Array(120)
    for (const item of sequences.items) frequency[item]!++
    return descend({ weights, columns: 16, sequences, frequency }, course, { kernels, random, checkpoint: () => {} })
  }

  it('begins from the model before it: known items where they stood, and in one epoch better than in one from nothing', () => {
    const quick = { ...options, dimensions: 16, epochs: 1, warmEpochs: 1, reach: 24 }
    const first = gatedRecurrence.train(data, { ...quick, epochs: 6 }, newRun()).save()
    const still = gatedRecurrence.train(data, { ...quick, warmEpochs: 0 }, { ...newRun(), previous: first }).save()
    expect([...(still.arrays.factors as Float32Array)]).toEqual([...(first.arrays.factors as Float32Array)])
    expect([...(still.arrays.network as Float32Array)]).toEqual([...(first.arrays.network as Float32Array)])
    const warm = { ...newRun(), previous: first }
    expect(ownScore(quick, warm)).toBeGreaterThan(ownScore(quick, newRun()) + 0.3)
  })

  /** Mean over users of what their last event scores above the mean item. */
  function ownScore(trained: GatedRecurrenceOptions, run: ReturnType<typeof newRun>): number {
    const model = gatedRecurrence.train(data, trained, run)
    const out = run.kernels.arena.f32(120)
    let total = 0
    for (let user = 0; user < data.userCount; user++) {
      const mark = run.kernels.arena.mark()
      const items = [...data.items.subarray(data.start[user], data.start[user + 1])]
      model.score(historyIn(run.kernels, items.slice(0, -1)), out)
      total += out[items.at(-1)!]! - out.reduce((a, b) => a + b, 0) / 120
      run.kernels.arena.release(mark)
    }
    return total / data.userCount
  }

  it('begins anew where the model before it has another shape', () => {
    const previous = gatedRecurrence.train(data, { ...options, dimensions: 4, epochs: 1 }, newRun()).save()
    const anew = gatedRecurrence.train(data, options, newRun()).save()
    const despite = gatedRecurrence.train(data, options, { ...newRun(), previous }).save()
    expect(despite.arrays).toEqual(anew.arrays)
  })

  it('refuses dimensions that its kernels cannot hold', () => {
    expect(() => gatedRecurrence.train(data, { ...options, dimensions: 6 }, newRun())).toThrow(/multiples of four/)
  })
})
