import { type Command, Option } from 'commander'
import { jobKindNames } from '../../../contract/job-inputs.js'
import { type JobState, jobStates } from '../../../domain/job.js'
import { type CommonOptions, command, wholeNumber, withStore } from '../../command.js'
import { jobLine } from './job-lines.js'

interface ListOptions extends CommonOptions {
  readonly kind?: string
  readonly state?: JobState
  readonly limit: number
}

export function listCommand(): Command {
  return command('list', 'List jobs, the newest first.')
    .addOption(new Option('--kind <kind>', 'only these').choices(jobKindNames))
    .addOption(new Option('--state <state>', 'only these').choices(jobStates))
    .option('--limit <number>', 'how many at most', wholeNumber(1, 1_000), 20)
    .action(({ kind, state, limit, ...options }: ListOptions) =>
      withStore(options, async (store, terminal) => {
        const jobs = await store.jobs.list({ limit, ...(kind && { kind }), ...(state && { state }) })
        for (const job of jobs) terminal.line(jobLine(job))
        if (jobs.length === 0) terminal.line('There are none.')
        terminal.result({ jobs })
      }),
    )
}
