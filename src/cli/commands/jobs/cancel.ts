import type { Command } from 'commander'
import { type CommonOptions, command, withStore } from '../../command.js'

export function cancelCommand(): Command {
  return command('cancel', 'Cancel a job that waits or runs; one that runs stops within seconds.')
    .argument('<id>', 'the job')
    .action((id: string, options: CommonOptions) =>
      withStore(options, async (store, terminal) => {
        await store.jobs.cancel(id)
        terminal.line(`The job ${id} is cancelled.`)
        terminal.result(await store.jobs.get(id))
      }),
    )
}
