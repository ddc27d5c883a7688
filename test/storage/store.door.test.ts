import { afterAll, describe, expect, it } from 'vitest'
import type { Database } from '../../src/storage/database.js'
import { openEmbedded } from '../../src/storage/embedded.js'
import { openThroughDoor } from '../../src/storage/embedded-door.js'
import { openStore } from '../../src/storage/open.js'
import { event, item } from './bench.js'
import { freshHome } from './fresh-home.js'
import { describeStore } from './store.conformance.js'

async function openBoth(): Promise<{ readonly owner: Database; readonly guest: Database }> {
  const { home, remove } = await freshHome()
  const owner = await openEmbedded(home)
  const guest = openThroughDoor(await owner.openDoor!())
  closing.push(async () => {
    await guest.close()
    await owner.close()
    await remove()
  })
  return { owner, guest }
}

const closing: (() => Promise<void>)[] = []
afterAll(async () => {
  for (const close of closing) await close()
})

describeStore('the store on the embedded database that another thread has open', async () => {
  const { home, remove } = await freshHome()
  const owner = await openEmbedded(home)
  const guest = openThroughDoor(await owner.openDoor!())
  return {
    database: guest,
    async remove() {
      await owner.close()
      await remove()
    },
  }
})

describe('the embedded database, by two doors', () => {
  it('keeps the transactions of both apart', async () => {
    const { owner, guest } = await openBoth()
    await owner.query({ text: 'create table public.counted (n integer not null)' })
    await owner.query({ text: 'insert into public.counted values (0)' })
    const addOne = (database: Database) =>
      database.transaction(async (transaction) => {
        const [row] = await transaction.query<{ n: number }>({ text: 'select n from public.counted', name: 'read-counted' })
        await new Promise((resolve) => setImmediate(resolve))
        await transaction.query({ text: 'update public.counted set n = $1', values: [row!.n + 1] })
      })
    await Promise.all(Array.from({ length: 40 }, (_, n) => addOne(n % 2 === 0 ? owner : guest)))
    expect(await owner.query({ text: 'select n from public.counted' })).toEqual([{ n: 40 }])
  })

  it('rolls back what a thread that goes had begun', async () => {
    const { owner } = await openBoth()
    const door = await owner.openDoor!()
    const guest = openThroughDoor(door)
    await owner.query({ text: 'create table public.kept (n integer)' })
    const halfway = guest.transaction(async (transaction) => {
      await transaction.query({ text: 'insert into public.kept values (1)' })
      door.port.close()
      await transaction.query({ text: 'insert into public.kept values (2)' })
    })
    await expect(halfway).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
    expect(await owner.query({ text: 'select * from public.kept' })).toEqual([])
    await expect(guest.query({ text: 'select 1' })).rejects.toMatchObject({ code: 'DATABASE_UNAVAILABLE' })
  })

  it('tells each of what the other changed', async () => {
    const { home, remove } = await freshHome()
    const owner = await openStore({ home })
    const guest = await openStore({ door: await owner.openDoor!() })
    const heard = new Promise<string>((resolve) => owner.onUserChanged((user) => resolve(user)))
    await guest.items.put([item('film')])
    await guest.events.append([event('e1', 'ann', 'film')])
    expect(await heard).toBe('ann')
    await guest.close()
    await owner.close()
    await remove()
  })
})
