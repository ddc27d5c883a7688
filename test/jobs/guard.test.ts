import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { corpusFromStore } from '../../src/jobs/corpus.js'
import { holdOut, judge } from '../../src/jobs/guard.js'
import { trainAndPublish } from '../../src/jobs/train.js'
import { createSona } from '../../src/sona.js'
import { openStore } from '../../src/storage/open.js'
import { databases, type Opened } from './each-store.js'
import { brokenPlan, fillStore, orderPlan } from './small-audience.js'

for (const { name, open } of databases) {
  describe(`publishing on ${name}`, () => {
    let opened: Opened
    let good: number

    beforeAll(async () => {
      opened = await open()
      await fillStore(opened.store, 3_000)
      good = (await trainAndPublish(opened.store, { plan: orderPlan, threads: 1 })).version
    })
    afterAll(() => opened?.close())

    it('puts the first models live, and others that are no worse', async () => {
      const { store } = opened
      expect((await store.artifacts.versions())[0]).toMatchObject({ version: good, state: 'live' })
      const again = await trainAndPublish(store, { plan: orderPlan, threads: 1 })
      expect(again).toMatchObject({ state: 'live', verdict: { passed: true, against: good } })
      expect(again.verdict.questions).toBeGreaterThanOrEqual(100)
      expect(again.verdict.difference).toMatchObject({ mean: 0 }) // the same data, the same models
      expect(await store.artifacts.live()).toBe(again.version)
      good = again.version
    })

    it('leaves the newest events out of what models learn, and says so', async () => {
      const { store } = opened
      const { dataset } = await corpusFromStore(store, Date.now())
      const { dataset: learned, untilDay } = holdOut(dataset)
      expect(dataset.items.length - learned.items.length).toBe(200)
      expect(Math.max(...learned.days)).toBeLessThan(untilDay!)
      const [live] = await store.artifacts.versions()
      expect(live!.learnedUntil! / 86_400_000).toBeCloseTo(untilDay!, 6)
      expect(live!.events).toBe(3_000)
    })

    it('keeps models that are worse as a candidate, and says why; servers stay with the live ones', async () => {
      const { store } = opened
      const sona = await createSona({ store, plan: orderPlan, warmUpQuestions: 2 })
      const broken = await trainAndPublish(store, { plan: brokenPlan, threads: 1 })
      expect(broken.state).toBe('candidate')
      expect(broken.verdict.passed).toBe(false)
      expect(broken.verdict.candidate!).toBeLessThan(0.5 * broken.verdict.live!)
      expect(broken.verdict.because).toMatch(/more than 5 % worse is too much/)
      const [candidate] = await store.artifacts.versions()
      expect(candidate).toMatchObject({ version: broken.version, state: 'candidate', verdict: broken.verdict })
      expect((await sona.reload()).modelVersion).toBe(String(good))

      await store.artifacts.goLive(broken.version)
      expect((await sona.reload()).modelVersion).toBe(String(broken.version))
      expect(await store.artifacts.rollback()).toEqual({ from: broken.version, to: good })
      expect((await sona.reload()).modelVersion).toBe(String(good))
      await sona.close()
    })

    it('lets worse models go live when that is asked for, and a wider tolerance', async () => {
      const { store } = opened
      const forced = await trainAndPublish(store, { plan: brokenPlan, threads: 1, guard: 'forced' })
      expect(forced).toMatchObject({ state: 'live', verdict: { passed: true, because: 'it was forced' } })
      await store.artifacts.goLive(good)
      expect(await trainAndPublish(store, { plan: brokenPlan, threads: 1, tolerance: 1 })).toMatchObject({ state: 'live' })
      await store.artifacts.goLive(good)
    })

    it('refuses models that cannot even be asked', async () => {
      const { store } = opened
      const { dataset, catalogue } = await corpusFromStore(store, Date.now())
      const bytes = await store.artifacts.read('transitions', good)
      const damaged = Uint8Array.from(bytes)
      damaged[damaged.length - 1] ^= 1
      const judging = { plan: orderPlan, catalogue, dataset, learned: holdOut(dataset), seed: 1, threads: 1 }
      const verdict = await judge(store.artifacts, { ...judging, candidate: [{ model: 'transitions', bytes: damaged }] })
      expect(verdict).toMatchObject({ passed: false, against: good })
      expect(verdict.because).toMatch(/cannot be asked/)
    })

    it('does not compare on what the live models have learned', async () => {
      const { store } = opened
      const { dataset, catalogue } = await corpusFromStore(store, Date.now())
      const bytes = await store.artifacts.read('transitions', good)
      const everything = await store.artifacts.publish(new Map([['transitions', bytes]]), { about: { learnedUntil: Date.now() } })
      const judging = { plan: orderPlan, catalogue, dataset, learned: holdOut(dataset), seed: 1, threads: 1 }
      const verdict = await judge(store.artifacts, { ...judging, candidate: [{ model: 'transitions', bytes }] })
      expect(verdict).toMatchObject({ passed: true, questions: 0, against: everything })
      await store.artifacts.goLive(good)
    })

    if (name !== 'the embedded database') {
      it('is heard of in other processes at once', async () => {
        const { store, where } = opened
        const other = await openStore(where)
        const heard = new Promise<void>((resolve) => other.onModelsChanged(resolve))
        await new Promise((resolve) => setTimeout(resolve, 300)) // until it listens
        const started = performance.now()
        await store.artifacts.goLive(good)
        await heard
        expect(performance.now() - started).toBeLessThan(2_000)
        await other.close()
      })
    }
  })
}

describe('few events', () => {
  it('are all learned from', async () => {
    const opened = await databases[0]!.open()
    await fillStore(opened.store, 500)
    const { dataset } = await corpusFromStore(opened.store, Date.now())
    expect(holdOut(dataset)).toEqual({ dataset })
    await trainAndPublish(opened.store, { plan: orderPlan, threads: 1 })
    const second = await trainAndPublish(opened.store, { plan: brokenPlan, threads: 1 })
    expect(second).toMatchObject({ state: 'live', verdict: { because: expect.stringContaining('too few events') } })
    await opened.close()
  })
})
