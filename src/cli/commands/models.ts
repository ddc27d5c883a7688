import { Command } from 'commander'
import { listCommand } from './models/list.js'
import { publishCommand } from './models/publish.js'
import { rollbackCommand } from './models/rollback.js'

export function modelsCommand(): Command {
  const group = new Command('models')
    .description('The versions of the models: which is live, which are candidates and why; publish, roll back.')
    .showHelpAfterError('(run with --help for what there is)')
  const commands = [listCommand(), publishCommand(), rollbackCommand()]
  for (const command of commands) group.addCommand(command.exitOverride())
  return group
}
