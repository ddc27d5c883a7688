/** Trains whoever is due, for ever: tsx test/crash/adapter-worker.ts <database url> <batch> <lease in ms> */
import { setTimeout as sleep } from 'node:timers/promises'
import { openAdapterTrainer } from '../../src/jobs/adapter-trainer.js'
import { trainDueAdapters } from '../../src/jobs/train-adapters.js'
import { openStore } from '../../src/storage/open.js'
import { lightPlan, lightTier } from '../light-adapters.js'

const [databaseUrl = '', batch, leaseMs] = process.argv.slice(2)
const store = await openStore({ databaseUrl, connections: 3 })
const trainer = await openAdapterTrainer(store, { plan: lightPlan, tier: lightTier() })
for (;;) {
  await trainDueAdapters(store, trainer, {
    batch: Number(batch),
    leaseMs: Number(leaseMs),
    onProgress: ({ users }) => console.log(users),
  })
  await sleep(100)
}
