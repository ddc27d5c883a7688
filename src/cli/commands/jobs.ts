import { Command } from 'commander'
import { cancelCommand } from './jobs/cancel.js'
import { listCommand } from './jobs/list.js'
import { retryCommand } from './jobs/retry.js'
import { runCommand } from './jobs/run.js'
import { showCommand } from './jobs/show.js'

export function jobsCommand(): Command {
  const group = new Command('jobs')
    .description('Work that runs by itself: what waits, runs, is done or dead; cancel, try again, ask for more.')
    .showHelpAfterError('(run with --help for what there is)')
  const commands = [listCommand(), showCommand(), runCommand(), cancelCommand(), retryCommand()]
  for (const command of commands) group.addCommand(command.exitOverride())
  return group
}
