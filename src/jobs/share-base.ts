import { decodeShared, encodeShared, joinShared } from '../adapters/shared-codec.js'
import type { SharedBase } from '../adapters/tier.js'
import { SonaError } from '../domain/errors.js'
import type { AdapterTierStore } from '../storage/adapter-store.js'
import type { AdapterTrainer } from './adapter-trainer.js'

/** What one trainer learns from everybody, brought together with what others learn at the same time. */
export interface Sharing {
  /** Publishes, if the last time is long enough ago. */
  keepUp(): Promise<void>
  publish(): Promise<void>
  /** Of what was published last, here or elsewhere. */
  version(): number
}

/** Others may publish first, again and again; each attempt then begins from theirs. */
const ATTEMPTS = 20

/** Begins from the newest there is: the models' own, or what was learned since. Undefined where no tier was ever fitted. */
export async function shareBase(tiers: AdapterTierStore, trainer: AdapterTrainer, everyMs: number): Promise<Sharing | undefined> {
  const own = await trainer.shared()
  if (own === undefined) return undefined
  const { space } = own
  let began: SharedBase = (await newest(tiers, space, own)) ?? own
  if (began !== own) await trainer.useShared(began)
  let published = performance.now()

  async function publish(): Promise<void> {
    published = performance.now()
    const now = await trainer.shared()
    if (now === undefined || now.gate.weight === began.gate.weight) return // nothing was learned
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      const latest = (await newest(tiers, space, began)) ?? began
      const joined = joinShared(latest, now, began)
      const version = await tiers.publish(space, latest.version, encodeShared(joined))
      if (version === undefined) continue
      began = { ...joined, version }
      await trainer.useShared(began)
      return
    }
    // What is not published now is part of the next attempt: `began` stays.
  }

  return {
    publish,
    keepUp: async () => {
      if (performance.now() - published >= everyMs) await publish()
    },
    version: () => began.version,
  }
}

/** Undefined where nothing newer than this was published. A damaged one is as good as none: the next one takes its place. */
async function newest(tiers: AdapterTierStore, space: string, than: SharedBase): Promise<SharedBase | undefined> {
  const stored = await tiers.newest(space)
  if (stored === undefined || stored.version <= than.version) return undefined
  try {
    const shared = decodeShared(stored.bytes, stored.version)
    return shared.base.length === than.base.length ? shared : { ...than, version: stored.version }
  } catch (error) {
    if (!(error instanceof SonaError)) throw error
    return { ...than, version: stored.version }
  }
}
