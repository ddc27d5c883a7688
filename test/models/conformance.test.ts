import { describe, expect, it } from 'vitest'
import type { Dataset } from '../../src/features/dataset.js'
import type { WeightedHistory } from '../../src/features/history.js'
import { algorithms } from '../../src/models/index.js'
import type { Algorithm, Model } from '../../src/models/model.js'
import { checks, type Subject, world } from './conformance.js'

const healthy = algorithms.get('ease') as Algorithm

/** The checks that a model fails, by name, of those whose name matches. */
function failures(algorithm: Algorithm, among = /./): string[] {
  const quality = { floor: 0.25, ceiling: 0.35 }
  const subject: Subject = { algorithm, options: { regularization: 20 }, personal: true, quality }
  return checks.filter(({ name, run }) => among.test(name) && fails(() => run(subject))).map(({ name }) => name)
}

function fails(run: () => void): boolean {
  try {
    run()
    return false
  } catch {
    return true
  }
}

/** The healthy algorithm with every model it makes, by training or from an artifact, changed. */
function withModel(change: (model: Model, data?: Dataset) => Partial<Model>): Algorithm {
  const changed = (model: Model, data?: Dataset): Model => ({ ...model, ...change(model, data) })
  return {
    ...healthy,
    train: (data, options, run) => changed(healthy.train(data, options, run), data),
    restore: (artifact, kernels) => changed(healthy.restore(artifact, kernels)),
  }
}

/** The healthy algorithm with every score changed. */
function withScores(change: (score: number, item: number, history: WeightedHistory, out: Float32Array) => number): Algorithm {
  return withModel((model) => ({
    score(history, out) {
      model.score(history, out)
      for (let item = 0; item < out.length; item++) out[item] = change(out[item], item, history, out)
    },
  }))
}

interface Fault {
  readonly what: string
  readonly algorithm: Algorithm
  /** The check, or checks, of which one must fail. */
  readonly caughtBy: RegExp
}

let trainings = 0

const faults: readonly Fault[] = [
  {
    what: 'sorts the dataset in place',
    algorithm: {
      ...healthy,
      train(data, options, run) {
        const model = healthy.train(data, options, run)
        data.engagement.sort()
        return model
      },
    },
    caughtBy: /dataset as it was/,
  },
  {
    what: 'normalises the weights of the history in place',
    algorithm: withModel((model) => ({
      score(history, out) {
        model.score(history, out)
        history.weights.set(history.weights.map((weight) => weight / 2))
      },
    })),
    caughtBy: /history as it was/,
  },
  {
    what: 'says 0 where it cannot tell',
    algorithm: withScores((score) => (Number.isNaN(score) ? 0 : score)),
    caughtBy: /cannot tell about items/,
  },
  {
    what: 'answers those it does not know with popularity',
    algorithm: withScores((score, _, { items }) => (items.length === 0 ? 0.5 : score)),
    caughtBy: /cannot tell from an empty history/,
  },
  {
    what: 'ignores the history',
    algorithm: withScores((_, item) => -item),
    caughtBy: /reads the history/,
  },
  {
    what: 'prefers the other group',
    algorithm: withScores((score) => -score),
    caughtBy: /tells two tastes apart/,
  },
  {
    what: 'is restored with the numbers of another day',
    algorithm: {
      ...healthy,
      restore(artifact, kernels) {
        const model = healthy.restore(artifact, kernels)
        return {
          ...model,
          score(history, out) {
            model.score(history, out)
            out.set(out.map((score) => score * 1.001))
          },
        }
      },
    },
    caughtBy: /same after save and restore/,
  },
  {
    what: 'forgets how its history fades when restored',
    algorithm: {
      ...healthy,
      restore: (artifact, kernels) => ({ ...healthy.restore(artifact, kernels), recency: { halfLifePositions: 3 } }),
    },
    caughtBy: /same after save and restore/,
  },
  {
    what: 'trusts artifacts',
    algorithm: {
      ...healthy,
      restore(artifact, kernels) {
        try {
          return healthy.restore(artifact, kernels)
        } catch {
          return healthy.train(
            world().data,
            { ...healthy.defaults },
            { kernels, checkpoint: () => {}, random: undefined as never, catalogue: undefined as never },
          )
        }
      },
    },
    caughtBy: /refuses an artifact/,
  },
  {
    what: 'draws its chance from somewhere else',
    algorithm: {
      ...healthy,
      train(data, options, run) {
        trainings++
        const stretch = 1 + (trainings % 7) / 1000
        return healthy.train(data, { ...options, regularization: 20 * stretch }, run)
      },
    },
    caughtBy: /same bytes/,
  },
  {
    what: 'never asks whether to stop',
    algorithm: { ...healthy, train: (data, options, run) => healthy.train(data, options, { ...run, checkpoint: () => {} }) },
    caughtBy: /stops when told to/,
  },
  {
    what: 'goes on when told to stop',
    algorithm: {
      ...healthy,
      train: (data, options, run) =>
        healthy.train(data, options, { ...run, checkpoint: (done) => fails(() => run.checkpoint(done)) && undefined }),
    },
    caughtBy: /stops when told to/,
  },
  {
    what: 'divides by what may be zero',
    algorithm: withScores((score, item, { items }) => (item === 1 ? 1 / (items.length - 1) : score)),
    caughtBy: /finite or NaN/,
  },
  {
    what: 'adds to what stood in the answer',
    algorithm: withModel((model) => ({
      score(history, out) {
        const before = out[0]!
        model.score(history, out)
        out[0] = out[0]! + before
      },
    })),
    caughtBy: /whatever stood there/,
  },
  {
    what: 'needs at least one event',
    algorithm: {
      ...healthy,
      train(data, options, run) {
        if (data.items.length === 0) throw new Error('no data')
        return healthy.train(data, options, run)
      },
    },
    caughtBy: /almost nothing/,
  },
  {
    what: 'counts unknown items of the history',
    algorithm: withScores((score, _, { items }) => score / items.length),
    caughtBy: /unknown item of the history/,
  },
  {
    what: 'loses its head over an item seen twice',
    algorithm: withScores((score, _, { items }) => (new Set(items).size < items.length ? Number.NaN : score)),
    caughtBy: /repeat themselves/,
  },
  {
    what: 'scores some items by another formula than all',
    algorithm: withModel((model) => ({
      scoreSome(history, items, out) {
        model.scoreSome(history, items, out)
        out.set(out.map((score) => score * 2))
      },
    })),
    caughtBy: /some items as for all/,
  },
  {
    what: 'credits everything to the last entry',
    algorithm: withModel((model) => ({
      explain(history: WeightedHistory, item: number, out: Float32Array) {
        model.explain?.(history, item, out)
        out.fill(0, 0, -1)
      },
    })),
    caughtBy: /add up/,
  },
  {
    what: 'explains nothing although it reads the history',
    algorithm: withModel((model) => {
      const { explain: _, ...silent } = model
      return { ...silent, explain: undefined } as never
    }),
    caughtBy: /add up/,
  },
  {
    what: 'keeps the scratch of each answer',
    algorithm: {
      ...healthy,
      train(data, options, run) {
        const model = healthy.train(data, options, run)
        return {
          ...model,
          score(history, out) {
            run.kernels.arena.f32(out.length)
            model.score(history, out)
          },
        }
      },
    },
    caughtBy: /memory it borrows/,
  },
  {
    what: 'keeps the scratch of its training',
    algorithm: {
      ...healthy,
      train(data, options, run) {
        run.kernels.arena.f32(100_000)
        return healthy.train(data, options, run)
      },
    },
    caughtBy: /no more memory than its artifact/,
  },
  {
    what: 'forgets its options',
    algorithm: withModel((model) => ({
      save: () => ({ ...model.save(), header: { ...model.save().header, options: {} } }),
    })),
    caughtBy: /names itself/,
  },
  {
    what: 'is right about half of the items only',
    algorithm: withScores((score, item) => (item % 2 === 0 ? score : -1)),
    caughtBy: /as good as it should be/,
  },
  {
    what: 'has seen the answers',
    algorithm: withModel((model) => ({
      score(history, out) {
        model.score(history, out)
        const question = world().questions.find(({ items }) => items.every((item, at) => item === history.items[at]))
        if (question !== undefined && !Number.isNaN(out[question.next])) out[question.next] = 1e6
      },
    })),
    caughtBy: /no better/,
  },
]

describe('the conformance suite', () => {
  it('finds nothing wrong with a healthy model', () => expect(failures(healthy)).toEqual([]))

  for (const { what, algorithm, caughtBy } of faults) {
    it(`catches a model that ${what}`, () => {
      expect(failures(algorithm, caughtBy)).not.toEqual([])
    })
  }

  it('has a planted fault for every check', () => {
    const uncaught = checks.filter(({ name }) => !faults.some(({ caughtBy }) => caughtBy.test(name)))
    expect(uncaught.map(({ name }) => name)).toEqual([])
  })
})
