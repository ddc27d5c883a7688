import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Event } from '../../src/domain/event.js'
import type { EventId, ItemId, UserId } from '../../src/domain/ids.js'
import { type TrainOptions, trainAndPublish } from '../../src/jobs/train.js'
import { decodeArtifact } from '../../src/storage/artifact-codec.js'
import { openStore } from '../../src/storage/open.js'
import type { Store } from '../../src/storage/store.js'
import { ITEMS, smallItems } from '../small-world.js'

const DAY_MS = 86_400_000

function completed(user: number, item: number): Event {
  return {
    eventId: `${user}/${item}` as EventId,
    userId: `u${user}` as UserId,
    itemId: smallItems[item % ITEMS]!.item.itemId as ItemId,
    kind: 'complete',
    completion: 1,
    rewatch: false,
    occurredAt: Date.UTC(2025, 0, 1) + item * DAY_MS,
  }
}

describe('trainAndPublish', () => {
  let home: string
  let store: Store

  beforeAll(async () => {
    home = await mkdtemp(join(tmpdir(), 'sona-train-'))
    store = await openStore({ home: join(home, 'data') })
    await store.items.put(smallItems.map(({ item }) => item))
    await store.events.append(Array.from({ length: 90 }, (_, at) => completed(at % 15, (7 * at) % 20)))
  })
  afterAll(async () => {
    await store?.close()
    await rm(home, { recursive: true, force: true })
  })

  async function train(options: TrainOptions = {}) {
    const models = [{ algorithm: 'als', options: { factors: 4 } }, { algorithm: 'popularity' }]
    const { version, models: published } = await trainAndPublish(store, { models, threads: 1, ...options })
    return {
      warm: published.filter(({ warm }) => warm).map(({ model }) => model),
      artifact: decodeArtifact(await store.artifacts.read('als', version)),
    }
  }

  it('begins anew where nothing is published, then from what is', async () => {
    const first = await train()
    expect(first.warm).toEqual([])
    expect(first.artifact.header.startedFrom).toBeUndefined()
    const second = await train()
    expect(second.warm).toEqual(['als'])
    expect(second.artifact.header.startedFrom).toBe(first.artifact.header.fingerprint)
    expect(second.artifact.arrays).not.toEqual(first.artifact.arrays)
  })

  it('begins anew when asked to, to the same bytes as at first', async () => {
    const one = await train({ start: 'anew' })
    await train()
    const other = await train({ start: 'anew' })
    expect(other.warm).toEqual([])
    expect(other.artifact.arrays).toEqual(one.artifact.arrays)
  })

  it('begins anew when the options changed', async () => {
    await train()
    const { warm } = await train({ models: [{ algorithm: 'als', options: { factors: 4, regularization: 0.02 } }] })
    expect(warm).toEqual([])
  })

  it('does not begin from another algorithm of the same name', async () => {
    await train({ models: [{ name: 'als', algorithm: 'popularity' }] })
    expect((await train()).warm).toEqual([])
  })
})
