import { expect } from 'vitest'
import type { StoreCase } from '../bench.js'

const MIB = 2 ** 20

export const artifactCases: readonly StoreCase[] = [
  {
    name: 'gives artifacts back byte for byte, 60 MiB and empty ones too',
    async check({ store, name }) {
      const large = new Uint8Array(60 * MIB)
      for (let at = 0; at < large.length; at += 4093) large[at] = (at * 31) & 255
      const version = await store.artifacts.publish(
        new Map([
          [name('large'), large],
          [name('empty'), new Uint8Array(0)],
          [name('view'), large.subarray(4093, 4096)],
        ]),
      )
      expect(Buffer.compare(await store.artifacts.read(name('large'), version), large)).toBe(0)
      expect(await store.artifacts.read(name('empty'), version)).toEqual(new Uint8Array(0))
      expect(await store.artifacts.read(name('view'), version)).toEqual(large.slice(4093, 4096))
      const listed = await store.artifacts.list(version)
      expect(listed.map((entry) => [entry.name, entry.version, entry.bytes])).toEqual([
        [name('empty'), version, 0],
        [name('large'), version, large.length],
        [name('view'), version, 3],
      ])
      expect(listed[0]!.createdAt).toBeGreaterThan(Date.UTC(2020, 0, 1))
    },
  },
  {
    name: 'numbers versions upwards, lists the newest, and keeps the last three',
    async check({ store, name }) {
      const published: number[] = []
      for (let n = 0; n < 5; n++) published.push(await store.artifacts.publish(new Map([[name('m'), new Uint8Array([n])]])))
      expect(published).toEqual([...published].sort((a, b) => a - b))
      expect(new Set(published).size).toBe(5)
      expect((await store.artifacts.versions()).map(({ version }) => version)).toEqual(published.slice(2).reverse())
      expect((await store.artifacts.list()).map((entry) => entry.version)).toEqual([published[4]])
      expect(await store.artifacts.read(name('m'), published[3]!)).toEqual(new Uint8Array([3]))
      await expect(store.artifacts.read(name('m'), published[0]!)).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT' })
      await store.artifacts.publish(new Map([[name('m'), new Uint8Array([9])]]), { keep: 1 })
      expect((await store.artifacts.versions()).length).toBe(1)
    },
  },
  {
    name: 'notices a chunk that changed, and one that is missing',
    async check({ store, database, name }) {
      const bytes = new Uint8Array(9 * MIB).fill(1)
      const damaged = await store.artifacts.publish(new Map([[name('m'), bytes]]))
      await database.query({
        text: 'update sona.artifact_chunks set data = set_byte(data, 100, 2) where version = $1 and ordinal = 1',
        values: [damaged],
      })
      await expect(store.artifacts.read(name('m'), damaged)).rejects.toMatchObject({
        code: 'ARTIFACT_CORRUPT',
        message: expect.stringContaining('checksum'),
      })
      const cut = await store.artifacts.publish(new Map([[name('m'), bytes]]))
      await database.query({ text: 'delete from sona.artifact_chunks where version = $1 and ordinal = 2', values: [cut] })
      await expect(store.artifacts.read(name('m'), cut)).rejects.toMatchObject({
        code: 'ARTIFACT_CORRUPT',
        message: expect.stringContaining('chunk 2'),
      })
    },
  },
  {
    name: 'shows nothing of a publication that was cut off',
    async check({ store, database, name }) {
      const before = await store.artifacts.publish(new Map([[name('m'), new Uint8Array([1])]]))
      await database.query({ text: 'insert into sona.artifact_versions (version) values ($1)', values: [before + 1_000_000] })
      await database.query({
        text: 'insert into sona.artifact_chunks (version, name, ordinal, data) values ($1, $2, 0, $3)',
        values: [before + 1_000_000, name('m'), Buffer.from('half')],
      })
      expect((await store.artifacts.versions())[0]?.version).toBe(before)
      expect((await store.artifacts.list())[0]?.version).toBe(before)
      expect(await store.artifacts.list(before + 1_000_000)).toEqual([])
      await expect(store.artifacts.read(name('m'), before + 1_000_000)).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT' })
    },
  },
  {
    name: 'shows a draft when it is finished, as a candidate or live, without what only helped to make it',
    async check({ store: { artifacts }, name }) {
      const live = await artifacts.publish(new Map([[name('m'), new Uint8Array([1])]]))
      const draft = await artifacts.draft()
      await artifacts.put(draft, name('m'), new Uint8Array([2]))
      await artifacts.put(draft, name('scaffold'), new Uint8Array([3]))
      await artifacts.put(draft, name('m'), new Uint8Array([4, 4]))
      expect((await artifacts.drafted(draft)).map((each) => [each.name, each.bytes])).toEqual([
        [name('m'), 2],
        [name('scaffold'), 1],
      ])
      expect(await artifacts.list(draft)).toEqual([])
      const verdict = { passed: false, because: 'it is worse', questions: 300, candidate: 0.1, live: 0.2, against: live }
      await artifacts.finish(draft, { names: [name('m')], as: 'candidate', about: { learnedUntil: 1_000, events: 7, verdict } })
      expect(await artifacts.live()).toBe(live)
      expect((await artifacts.list()).map(({ version }) => version)).toEqual([live])
      expect((await artifacts.list(draft)).map((each) => each.name)).toEqual([name('m')])
      expect(await artifacts.read(name('m'), draft)).toEqual(new Uint8Array([4, 4]))
      expect((await artifacts.versions())[0]).toMatchObject({
        version: draft,
        state: 'candidate',
        learnedUntil: 1_000,
        events: 7,
        verdict,
        bytes: 2,
      })
      await artifacts.goLive(draft)
      expect((await artifacts.versions()).slice(0, 2).map(({ version, state }) => [version, state])).toEqual([
        [draft, 'live'],
        [live, 'former'],
      ])
      await expect(artifacts.goLive(draft + 1_000_000)).rejects.toMatchObject({ code: 'MODELS_NOT_FOUND' })
      expect(await artifacts.live()).toBe(draft)
    },
  },
  {
    name: 'rolls back step by step to what was live before, past candidates, and keeps what is live',
    async check({ store: { artifacts }, name }) {
      const publish = (): Promise<number> => artifacts.publish(new Map([[name('m'), new Uint8Array([1])]]))
      await artifacts.publish(new Map([[name('m'), new Uint8Array([0])]]), { keep: 1 })
      const [a, b] = [await publish(), await publish()]
      const candidate = await artifacts.draft()
      await artifacts.put(candidate, name('m'), new Uint8Array([9]))
      await artifacts.finish(candidate, { names: [name('m')], as: 'candidate' })
      const c = await publish()
      expect(await artifacts.rollback()).toEqual({ from: c, to: b })
      expect((await artifacts.versions()).find(({ version }) => version === c)).toMatchObject({
        state: 'candidate',
        verdict: { passed: false, because: 'it was rolled back' },
      })
      const d = await publish()
      expect(await artifacts.rollback()).toEqual({ from: d, to: b }) // and not to c
      expect(await artifacts.rollback()).toEqual({ from: b, to: a })
      expect(await artifacts.rollback()).toBeUndefined()
      expect(await artifacts.live()).toBe(a)
      const more = [await artifacts.draft(), await artifacts.draft()]
      for (const each of more) await artifacts.finish(each, { names: [], as: 'candidate' })
      expect((await artifacts.versions()).map(({ version }) => version)).toEqual([more[1], a])
    },
  },
  {
    name: 'keeps what was live last, whatever its number',
    async check({ store: { artifacts }, name }) {
      const publish = (): Promise<number> => artifacts.publish(new Map([[name('m'), new Uint8Array([1])]]))
      const [a] = [await publish(), await publish(), await publish()]
      await artifacts.goLive(a!)
      const d = await publish()
      expect((await artifacts.versions()).map(({ version }) => version)).toContain(a)
      expect(await artifacts.rollback()).toEqual({ from: d, to: a })
    },
  },
  {
    name: 'tells whoever listens that other models are live',
    async check({ store, name }) {
      let heard = 0
      const stop = store.onModelsChanged(() => heard++)
      const version = await store.artifacts.publish(new Map([[name('m'), new Uint8Array([1])]]))
      await store.artifacts.goLive(version)
      expect(heard).toBe(2)
      stop()
      await store.artifacts.goLive(version)
      expect(heard).toBe(2)
    },
  },
]
