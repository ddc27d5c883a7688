import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { addEncoder } from '../../src/inference/add-encoder.js'
import { type EncodersInUse, encodersInUse } from '../../src/inference/encoders-in-use.js'
import { useEncoder } from '../../src/inference/shelf.js'
import { type CatalogueKeeper, keepEncoded } from '../../src/jobs/keep-encoded.js'
import { openStore } from '../../src/storage/open.js'
import type { Store } from '../../src/storage/store.js'
import { itemWith } from '../catalogue-of.js'
import { writeTinyBert } from '../inference/tiny-bert.js'
import { freshHome } from '../storage/fresh-home.js'

const ITEMS = 100
let home: Awaited<ReturnType<typeof freshHome>>
let store: Store
let encoders: EncodersInUse
let keeper: CatalogueKeeper
const problems: string[] = []
beforeAll(async () => {
  home = await freshHome()
  store = await openStore({ home: home.home })
  await store.items.put(Array.from({ length: ITEMS }, (_, at) => itemWith({ itemId: `film-${at}`, title: `the dog ${at}` })))
  encoders = await encodersInUse({ home: home.home })
  keeper = keepEncoded({ store, encoders: () => encoders.current, onProblem: (what) => problems.push(what) })
})
afterAll(async () => {
  await keeper?.close()
  await encoders?.close()
  await store?.close()
  home?.remove()
})

async function choose(seed: number): Promise<string> {
  const { directory } = await writeTinyBert(join(home.home, `tiny-${seed}`), { seed })
  const { version } = await addEncoder(home.home, directory)
  await useEncoder(home.home, version)
  await encoders.refresh()
  return version
}

async function vectorsOf(version: string): Promise<number> {
  let count = 0
  for await (const { itemNos } of store.embeddings.all(version)) count += itemNos.length
  return count
}

describe('a keeper of the catalogue’s vectors', () => {
  it('waits for an encoder, then makes them all and puts them in use', async () => {
    keeper.look()
    await keeper.idle()
    expect(await store.embeddings.current()).toBeUndefined()
    const version = await choose(1)
    keeper.look()
    keeper.look()
    await keeper.idle()
    expect((await store.embeddings.current())?.version).toBe(version)
    expect(await vectorsOf(version)).toBe(ITEMS)
  })

  it('makes them anew when another encoder is chosen, with what was written meanwhile, and then leaves them alone', async () => {
    const version = await choose(2)
    keeper.look()
    await store.items.put([
      itemWith({ itemId: 'film-0', title: 'the other dog' }),
      itemWith({ itemId: 'late', title: 'the film' }),
    ])
    await keeper.idle()
    expect(await vectorsOf(version)).toBe(ITEMS + 1)
    const { usedAt } = (await store.embeddings.current())!
    keeper.look()
    await keeper.idle()
    expect(await store.embeddings.current()).toEqual({ version, usedAt })
    expect(problems).toEqual([])
  })
})
