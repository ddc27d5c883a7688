import { SonaError } from '../domain/errors.js'
import type { UserId } from '../domain/ids.js'
import type { AdapterRun } from '../jobs/adapter-run.js'
import { openAdapterTrainer } from '../jobs/adapter-trainer.js'
import { trainDueAdapters } from '../jobs/train-adapters.js'
import type { PlanSpec } from '../pipeline/plan.js'
import type { Store } from '../storage/store.js'
import { interruption } from './command.js'
import type { Terminal } from './terminal.js'

export interface TrainAdaptersOptions {
  /** Only these. Default: everybody who did something that was not learned from yet. */
  readonly users?: readonly UserId[]
  readonly plan?: PlanSpec
  readonly events: 'unseen' | 'all'
}

/** `sona train --adapters`: makes users due and trains them, here and now, until nobody is. */
export async function trainAdapters(store: Store, options: TrainAdaptersOptions, terminal: Terminal): Promise<void> {
  const { users, plan, events } = options
  const trainer = await openAdapterTrainer(store, { ...(plan && { plan }), events })
  try {
    const shared = await trainer.shared()
    if (shared === undefined) {
      throw new SonaError(
        'MODELS_NOT_FOUND',
        'No shared tier is published, on which adapters could learn. Run `sona train` first.',
      )
    }
    const { due } = store.adapters
    if (users === undefined) await due.requestAll({ space: shared.space })
    else await due.request(users)
    const progress = terminal.progress('Adapters')
    const before = users?.length ?? (await due.counts()).due
    const run = await trainDueAdapters(store, trainer, {
      ...(users && { users }),
      signal: interruption(),
      onProgress: (now) => progress.at(now.users, Math.max(before, now.users), `${now.lessons} lessons`),
    })
    progress.end(`${run.users} users in ${run.seconds.toFixed(1)} s`)
    for (const line of linesOf(run)) terminal.line(line)
    terminal.result(run)
  } finally {
    await trainer.close()
  }
}

function linesOf(run: AdapterRun): string[] {
  const { users, events, lessons, passedOver, saved, bytes, rejected, lost, problems } = run
  const lines = [
    `${users} users, ${events} events: ${lessons} lessons; ${passedOver} visits taught nothing, for the models know them or did not propose the title.`,
  ]
  if (saved > 0) {
    lines.push(
      `${saved} new versions of ${Math.round(bytes / saved)} bytes on average; ${run.open} are heard, ${run.meanGate.toFixed(2)} of full voice on average of all.`,
      `Loss a lesson: ${run.lossBefore.toFixed(4)} before, ${run.lossAfter.toFixed(4)} after; of older events ${run.heldOutBefore.toFixed(4)} before, ${run.heldOutAfter.toFixed(4)} after.`,
    )
  }
  if (rejected > 0) lines.push(`${rejected} updates were thrown away: older events would have become worse by more than 5 %.`)
  if (lost > 0) lines.push(`${lost} users were changed by somebody else meanwhile, and are due again.`)
  return [...lines, ...problems]
}
