import { shutGate } from '../src/adapters/gate.js'
import { allCells } from '../src/adapters/query-side.js'
import { defaultPractice, type FeatureSpace, type SharedTier } from '../src/adapters/tier.js'
import { tierArtifact, tierNames } from '../src/adapters/tier-artifact.js'
import type { Event } from '../src/domain/event.js'
import type { EventId, UserId } from '../src/domain/ids.js'
import { createRandom } from '../src/domain/random.js'
import { worldOf } from '../src/engine/rank.js'
import { createCatalogue } from '../src/features/catalogue.js'
import { createKernels } from '../src/math/kernels.js'
import { createArena } from '../src/math/memory.js'
import { createPlan, type PlanSpec } from '../src/pipeline/plan.js'
import { gather } from '../src/pipeline/recommend.js'
import { trainModel } from '../src/pipeline/train.js'
import { candidateFeatures } from '../src/ranking/candidate-features.js'
import { encodeArtifact } from '../src/storage/artifact-codec.js'
import type { Store } from '../src/storage/store.js'
import { linearArrays, RANKING } from '../src/world/ranking-model.js'
import { ITEMS, NOW, questionOf, smallDataset, smallGeneration, smallItems } from './small-world.js'

/** Two models and a linear ranker on the small world: a lesson costs a fraction of a millisecond. */
export const lightPlan: PlanSpec = {
  name: 'light',
  sources: [
    { name: 'transitions', source: 'sequential', model: 'transitions' },
    { name: 'popular', source: 'popular', model: 'popularity' },
  ],
  ranker: 'learned',
  weights: { transitions: 1, popular: 0.5 },
  rules: [{ name: 'eligible' }],
  candidatesPerSource: 60,
}

const MODELS = ['transitions', 'popularity']

/** Writes the small catalogue and publishes models and ranker for it, as if they had been trained before NOW; with a tier, that too. */
export async function publishLight(store: Store, tier?: SharedTier): Promise<void> {
  await store.items.put(smallItems.map(({ item }) => item))
  const dataset = smallDataset()
  const catalogue = createCatalogue(smallItems)
  const kernels = createKernels(createArena(64 * 2 ** 20))
  const models = MODELS.map((algorithm): [string, Uint8Array] => [
    algorithm,
    encodeArtifact(trainModel({ algorithm }, dataset, { kernels, catalogue, random: createRandom(1), checkpoint() {} })),
  ])
  const features = lightFeatures()
  const weight = Float32Array.from(features, (name) => (name === 'transitions.z' ? 0.7 : name === 'popular.z' ? 0.3 : 0))
  const ranker = {
    header: {
      format: 1 as const,
      algorithm: RANKING,
      options: { kind: 'linear', sources: lightPlan.sources.map(({ name }) => name), features },
      fingerprint: 'light',
      asOfDay: dataset.asOfDay,
      users: 0,
      events: 0,
    },
    arrays: linearArrays({
      weight,
      mean: new Float32Array(features.length),
      deviation: new Float32Array(features.length).fill(1),
    }),
  }
  const beside = tier === undefined ? [] : [[tierNames.current, encodeArtifact(tierArtifact(tier))] as const]
  await store.artifacts.publish(new Map([...models, ['ranker', encodeArtifact(ranker)], ...beside]))
}

/** The names of what a ranker of the light plan looks at. */
function lightFeatures(): readonly string[] {
  const { kernels, snapshot } = smallGeneration(MODELS)
  const plan = createPlan({ ...lightPlan, ranker: 'weighted' })
  const { query, world } = worldOf(questionOf([1, 2]), snapshot(), kernels)
  const { pools } = gather(query, plan, world)
  return candidateFeatures(
    lightPlan.sources.map(({ name }) => name),
    pools,
    world,
    Uint32Array.of(0),
  ).names
}

/** Along two directions: comedies against thrillers, and what usually comes next. */
export function lightTier(id = 'light'): SharedTier {
  const features = ['transitions.z', 'popular.z', 'genre:comedy', 'genre:thriller']
  const directions = Float32Array.of(0, 0, 1, -1, 1, 0, 0, 0)
  const space: FeatureSpace = {
    id,
    features,
    mean: new Float32Array(features.length),
    deviation: new Float32Array(features.length).fill(1),
    rank: 2,
    directions,
    loadings: directions,
    cells: allCells,
    shape: { alpha: 16, priorScale: 1, cellPrior: 1, lists: 1_000 },
    priors: new Float32Array(allCells.length * 2).fill(0.05),
  }
  const zeros = new Float32Array(space.priors.length)
  return {
    space,
    scale: 1,
    base: zeros,
    precisions: zeros,
    gate: shutGate,
    practice: { ...defaultPractice, sharedMemory: 0.9999 },
    version: 0,
  }
}

/** The n-th film that a user watched: one after the other through one genre, in the evening, an hour apart. */
export function watched(user: string, n: number, half = 0): Event {
  return {
    eventId: `${n}` as EventId,
    userId: user as UserId,
    itemId: smallItems[half * (ITEMS / 2) + (n % (ITEMS / 2))]!.item.itemId,
    kind: 'complete',
    completion: 1,
    rewatch: false,
    occurredAt: NOW + n * 3_600_000,
    context: { device: n % 2 === 0 ? 'tv' : 'phone', timeZone: 'Europe/Berlin' },
  }
}
