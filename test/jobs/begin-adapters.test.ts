import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { decodeAdapter } from '../../src/adapters/codec.js'
import type { UserId } from '../../src/domain/ids.js'
import { publishedTiers } from '../../src/jobs/published-tiers.js'
import { beginTraining, trainAndPublish } from '../../src/jobs/train.js'
import { draftParts } from '../../src/jobs/training-parts.js'
import type { Store } from '../../src/storage/store.js'
import { databases, type Opened } from './each-store.js'
import { fillStore, orderPlan } from './small-audience.js'

/** A ranker that learns, and adapters beside it. */
const plan = { ...orderPlan, ranker: 'personalized', learning: { kind: 'linear' as const } }

for (const { name, open } of databases) {
  describe(`a training on ${name}`, () => {
    let opened: Opened

    beforeAll(async () => {
      opened = await open()
      await fillStore(opened.store, 3_000)
    })
    afterAll(() => opened?.close())

    const adaptersOf = async (): Promise<ReadonlyMap<UserId, number>> => {
      const found = new Map<UserId, number>()
      for await (const batch of opened.store.adapters.list()) for (const { userId, version } of batch) found.set(userId, version)
      return found
    }

    it('begins the adapters of those who have none, in its own feature space', async () => {
      const { store } = opened
      const { state } = await trainAndPublish(store, { plan, threads: 1 })
      expect(state).toBe('live')
      const begun = await adaptersOf()
      expect(begun.size).toBeGreaterThan(20)
      expect(new Set(begun.values())).toEqual(new Set([1]))
      const { current } = await publishedTiers(store.artifacts)
      const [user] = begun.keys()
      const stored = (await store.adapters.load(user!))!
      expect(stored).toMatchObject({ space: current!.space.id, format: 'f16' })
      expect(stored.lessons).toBeGreaterThan(0)
      const adapter = decodeAdapter(stored.bytes)
      expect(adapter.values.some((value) => value !== 0)).toBe(true)
      expect(adapter.lessons).toBe(stored.lessons)
    })

    it('leaves everybody’s own adapter alone', async () => {
      const { store } = opened
      const before = await adaptersOf()
      await trainAndPublish(store, { plan, threads: 1 })
      expect(await adaptersOf()).toEqual(before)
    })

    it('begins the same adapters where an earlier attempt had taught the ranker', async () => {
      const users = [...(await adaptersOf()).keys()]
      const expected = await bytesOf(opened.store, users)
      const other = await open()
      try {
        await fillStore(other.store, 3_000)
        const begun = await beginTraining(other.store)
        const dying: Store = {
          ...other.store,
          artifacts: {
            ...other.store.artifacts,
            async put(version, part, bytes) {
              if (part === 'transitions') throw new Error('killed') // the first of the final models: the ranker is done
              return other.store.artifacts.put(version, part, bytes)
            },
          },
        }
        const partsOf = ({ artifacts }: Store) => draftParts(artifacts, begun.version)
        const options = { plan, threads: 1, begun }
        await expect(trainAndPublish(dying, { ...options, parts: await partsOf(dying) })).rejects.toThrowError('killed')
        expect((await other.store.adapters.stats()).adapters).toBe(0)
        const again: (string | undefined)[] = []
        await trainAndPublish(other.store, {
          ...options,
          parts: await partsOf(other.store),
          onProgress: (_, stage) => again.push(stage),
        })
        expect(again).not.toContain('The ranker')
        expect(await bytesOf(other.store, users)).toEqual(expected)
      } finally {
        await other.close()
      }
    })
  })
}

async function bytesOf(store: Store, users: readonly UserId[]): Promise<readonly number[][]> {
  const adapters = await store.adapters.loadMany(users)
  return users.map((user) => [...(adapters.get(user)?.bytes ?? [])])
}
