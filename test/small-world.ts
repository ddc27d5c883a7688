import { createRandom } from '../src/domain/random.js'
import { noTraits } from '../src/domain/user.js'
import { createGeneration, type OpenGeneration, openGeneration } from '../src/engine/generation.js'
import { placeArtifact } from '../src/engine/place-artifact.js'
import type { RankingRequest } from '../src/engine/ranking.js'
import { createCatalogue } from '../src/features/catalogue.js'
import type { Dataset } from '../src/features/dataset.js'
import { createDatasetBuilder } from '../src/features/dataset-builder.js'
import { createKernels } from '../src/math/kernels.js'
import { createArena } from '../src/math/memory.js'
import { trainModel } from '../src/pipeline/train.js'
import { encodeArtifact } from '../src/storage/artifact-codec.js'
import { itemWith, numbered } from './catalogue-of.js'

export const ITEMS = 60
export const NOW = Date.UTC(2026, 0, 1)
const DAY_MS = 86_400_000

/**
 * Sixty films in two halves, comedies and thrillers. Each of 80 users keeps to one half, most of the time, and watches its films
 * more or less in order of their number.
 */
export const smallItems = numbered(
  Array.from({ length: ITEMS }, (_, at) =>
    itemWith({
      itemId: `film-${at}`,
      title: `Film ${at}`,
      genres: [at < ITEMS / 2 ? 'comedy' : 'thriller'],
      releasedAt: Date.UTC(2000, 0, at + 1),
    }),
  ),
)

export function smallDataset(seed = 1): Dataset {
  const random = createRandom(seed)
  const builder = createDatasetBuilder(createCatalogue(smallItems).itemNos)
  for (let user = 0; user < 80; user++) {
    const half = user % 2
    let film = random.below(10)
    for (let day = 0; day < 14; day++) {
      const isOwn = random.next() < 0.9
      builder.add(user, (isOwn ? half : 1 - half) * (ITEMS / 2) + (film % (ITEMS / 2)), 0.6, 19_000 + day)
      film += 1 + random.below(3)
    }
  }
  return builder.build({ asOfDay: 20_000 })
}

/** The small world, trained and open in this thread. */
export function smallGeneration(
  models: readonly string[] = ['ease', 'next-item', 'transitions', 'popularity'],
  rankers: readonly { readonly name: string; readonly bytes: Uint8Array }[] = [],
): OpenGeneration {
  const dataset = smallDataset()
  const catalogue = createCatalogue(smallItems)
  const arena = createArena(64 * 2 ** 20)
  const artifacts = models.map((algorithm) =>
    trainModel({ algorithm }, dataset, { kernels: createKernels(arena), random: createRandom(1), catalogue, checkpoint() {} }),
  )
  const stored = artifacts.map((artifact, at) => ({
    name: models[at]!,
    artifact: placeArtifact(encodeArtifact(artifact), arena),
  }))
  const taught = rankers.map(({ name, bytes }) => ({ name, artifact: placeArtifact(bytes, arena) }))
  return openGeneration(createGeneration('1', arena, [...stored, ...taught], catalogue, 1), 0)
}

/** A question of somebody who watched these films, one a day, the last one today. */
export function questionOf(films: readonly number[], changes: Partial<RankingRequest['query']> = {}): RankingRequest {
  const itemNos = Int32Array.from(films)
  return {
    query: { count: 10, context: {}, kinds: [], exclude: new Int32Array(0), reasons: true, ...changes },
    now: NOW,
    traits: noTraits,
    trail: {
      itemNos,
      engagement: new Float32Array(films.length).fill(0.6),
      occurredAt: Float64Array.from(films, (_, at) => NOW - (films.length - 1 - at) * DAY_MS),
    },
    seen: itemNos,
  }
}
