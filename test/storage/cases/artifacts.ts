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
      expect(await store.artifacts.versions()).toEqual(published.slice(2).reverse())
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
      expect((await store.artifacts.versions())[0]).toBe(before)
      expect((await store.artifacts.list())[0]?.version).toBe(before)
      expect(await store.artifacts.list(before + 1_000_000)).toEqual([])
      await expect(store.artifacts.read(name('m'), before + 1_000_000)).rejects.toMatchObject({ code: 'ARTIFACT_CORRUPT' })
    },
  },
]
