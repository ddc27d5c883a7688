import type { Command } from 'commander'
import { type CommonOptions, command, withStore } from '../../command.js'
import { jobLines } from './job-lines.js'

export function showCommand(): Command {
  return command('show', 'Show one job: how far it is, what came of it, or why it failed.')
    .argument('<id>', 'the job')
    .action((id: string, options: CommonOptions) =>
      withStore(options, async (store, terminal) => {
        const job = await store.jobs.get(id)
        for (const line of jobLines(job)) terminal.line(line)
        terminal.result(job)
      }),
    )
}
