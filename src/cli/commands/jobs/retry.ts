import type { Command } from 'commander'
import { jobLines } from '../../../jobs/kinds/index.js'
import { type CommonOptions, command, withStore } from '../../command.js'

export function retryCommand(): Command {
  return command('retry', 'Give a job that is dead or cancelled its attempts again.')
    .argument('<id>', 'the job')
    .action((id: string, options: CommonOptions) =>
      withStore(options, async (store, terminal) => {
        await store.jobs.declare(jobLines)
        await store.jobs.retry(id)
        terminal.line(`The job ${id} waits for a worker.`)
        terminal.result(await store.jobs.get(id))
      }),
    )
}
