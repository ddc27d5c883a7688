import { describe, expect, it } from 'vitest'
import { createRandom } from '../../src/domain/random.js'
import { rank } from '../../src/engine/rank.js'
import { createCatalogue, type NumberedItem } from '../../src/features/catalogue.js'
import { createDatasetBuilder } from '../../src/features/dataset-builder.js'
import { createKernels } from '../../src/math/kernels.js'
import { createArena } from '../../src/math/memory.js'
import { graphWalk } from '../../src/models/graph-walk.js'
import { createPlan } from '../../src/pipeline/plan.js'
import { itemWith, numbered } from '../catalogue-of.js'
import { questionOf, smallGeneration } from '../small-world.js'

type Entry = readonly [user: number, item: number]

function trained(items: readonly NumberedItem[], entries: readonly Entry[], options = {}) {
  const catalogue = createCatalogue(items)
  const builder = createDatasetBuilder(catalogue.itemNos)
  entries.forEach(([user, item], at) => {
    builder.add(user, item, 1, at)
  })
  const kernels = createKernels(createArena(32 * 2 ** 20))
  const run = { kernels, random: createRandom(1), catalogue, checkpoint: () => {} }
  const model = graphWalk.train(builder.build({ asOfDay: 1e6 }), { ...graphWalk.defaults, ...options }, run)
  return (history: readonly number[]): number[] => {
    const out = kernels.arena.f32(model.itemCount)
    const [past, weights] = [kernels.arena.u32(history.length), kernels.arena.f32(history.length).fill(1)]
    past.set(history)
    model.score({ items: past, weights }, out)
    return [...out]
  }
}

/** Users go from 0 to 1 and from 2 to 3. */
const habits: readonly Entry[] = Array.from({ length: 20 }, (_, user) => {
  const from = user % 2 === 0 ? 0 : 2
  return [[user, from] as const, [user, from + 1] as const]
}).flat()

describe('a title that nobody has watched', () => {
  const items = numbered([
    itemWith({ itemId: 'alien', title: 'Alien', directors: ['Scott'], genres: ['horror'] }),
    itemWith({ itemId: 'shining', genres: ['horror'] }),
    itemWith({ itemId: 'airplane', genres: ['comedy'] }),
    itemWith({ itemId: 'top secret', genres: ['comedy'] }),
    itemWith({ itemId: 'runner', directors: ['Scott'], genres: ['drama'] }),
    itemWith({ itemId: 'holiday', genres: ['comedy'] }),
    itemWith({ itemId: 'nameless' }),
  ])
  const scoresFor = trained(items, habits)

  it('is reached through people and genres, and higher the more it shares', () => {
    const scores = scoresFor([0])
    expect(scores[4]).toBeGreaterThan(scores[5]!)
    expect(scoresFor([2])[5]).toBeGreaterThan(scoresFor([2])[4]!)
  })

  it('of which nothing is said is unknown, not bad', () => {
    expect(scoresFor([0])[6]).toBeNaN()
  })

  it('is reached by what changed when its metadata changes', () => {
    const changed = [...items.slice(0, 4), ...numbered([...items].map(({ item }) => item)).slice(4)]
    changed[5] = { itemNo: items[5]!.itemNo, item: itemWith({ itemId: 'holiday', genres: ['horror'], directors: ['Scott'] }) }
    expect(trained(changed, habits)([0])[5]).toBeGreaterThan(scoresFor([0])[5]!)
  })
})

describe('odd data', () => {
  const films = (count: number, genre: (at: number) => string) =>
    numbered(Array.from({ length: count }, (_, at) => itemWith({ itemId: `film ${at}`, genres: [genre(at)] })))
  const isSound = (scores: readonly number[]) => scores.every((score) => Number.isFinite(score))

  it('of one film under two ids gives both the same company', () => {
    const twin = { title: 'Heat', directors: ['Mann'], cast: ['De Niro'], genres: ['crime'] }
    const items = numbered([
      itemWith({ itemId: 'heat', ...twin }),
      itemWith({ itemId: 'heat again', ...twin }),
      itemWith({ itemId: 'x', genres: ['crime'] }),
    ])
    const scores = trained(items, [
      [0, 2],
      [0, 0],
      [1, 2],
      [1, 0],
    ])([2])
    expect(isSound(scores)).toBe(true)
  })

  it('of one genre for everything, a star, tells by habits', () => {
    const scores = trained(
      films(50, () => 'drama'),
      habits,
    )([0])
    expect(isSound(scores)).toBe(true)
    expect(scores.indexOf(Math.max(...scores.slice(1)))).toBe(1)
  })

  it('of a catalogue far larger than what was watched is answered for all of it', () => {
    const scores = trained(
      films(1_000, (at) => `genre ${at % 5}`),
      habits,
    )([0, 2])
    expect(isSound(scores)).toBe(true)
    expect(scores.slice(4).some((score) => score > 0)).toBe(true)
  })

  it('of everybody going in circles ends', () => {
    const circle: Entry[] = Array.from({ length: 300 }, (_, at) => [at % 3, at % 4] as const)
    expect(
      isSound(
        trained(
          films(4, () => 'drama'),
          circle,
          { hops: 20 },
        )([0]),
      ),
    ).toBe(true)
  })
})

describe('the source graph', () => {
  const generation = smallGeneration(['graph-walk', 'popularity'])
  const plan = createPlan({
    name: 'graph',
    sources: [{ name: 'graph', source: 'graph', model: 'graph-walk' }],
    ranker: 'weighted',
    weights: {},
    rules: [{ name: 'eligible' }],
    candidatesPerSource: 20,
  })
  const answer = (films: readonly number[]) => rank(questionOf(films), plan, generation)

  it('answers differently to different histories, and not at all to none', () => {
    expect(answer([3, 4]).items.map(({ itemNo }) => itemNo)).not.toEqual(answer([40, 41]).items.map(({ itemNo }) => itemNo))
    expect(answer([]).items).toEqual([])
  })

  it('says by which path each title was reached, from one of the user’s own', () => {
    const { items } = answer([3, 4])
    const paths = items.flatMap(({ reasons }) => reasons).filter((reason) => reason.kind === 'path')
    expect(paths).toHaveLength(items.length)
    for (const path of paths) {
      expect([3, 4]).toContain(path.itemNo)
      expect(path.steps.length).toBeGreaterThan(0)
    }
    expect(paths.flatMap(({ steps }) => steps.map(({ relation }) => relation))).toContain('watched-next')
  })
})
