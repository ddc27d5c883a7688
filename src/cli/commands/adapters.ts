import { Command } from 'commander'
import { deleteCommand } from './adapters/delete.js'
import { reportCommand } from './adapters/report.js'
import { rollbackCommand } from './adapters/rollback.js'
import { showCommand } from './adapters/show.js'
import { versionsCommand } from './adapters/versions.js'

export function adaptersCommand(): Command {
  const group = new Command('adapters')
    .description('What each user’s adapter learned, and how adapters fare: show, report, versions, rollback, delete.')
    .showHelpAfterError('(run with --help for what there is)')
  const commands = [showCommand(), reportCommand(), versionsCommand(), rollbackCommand(), deleteCommand()]
  for (const command of commands) group.addCommand(command.exitOverride())
  return group
}
