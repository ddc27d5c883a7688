import type { Adapters } from '../../../engine/adapters.js'
import { createSona } from '../../../sona.js'
import { type CommonOptions, withStore } from '../../command.js'
import type { Terminal } from '../../terminal.js'

/** Runs a command's work with the adapters of the store that it names. */
export function withAdapters(
  options: CommonOptions,
  work: (adapters: Adapters, terminal: Terminal) => Promise<void>,
): Promise<void> {
  return withStore(options, async (store, terminal) => {
    const sona = await createSona({ store, warmUpQuestions: 0, onProblem: (what) => terminal.note(what) })
    try {
      await work(sona.adapters, terminal)
    } finally {
      await sona.close()
    }
  })
}
