import { Command } from 'commander'
import { addCommand } from './encoders/add.js'
import { listCommand } from './encoders/list.js'
import { pullCommand } from './encoders/pull.js'
import { runCommand } from './encoders/run.js'

export function encodersCommand(): Command {
  const group = new Command('encoders')
    .description('The models that turn texts, items and users into vectors: bring, list.')
    .showHelpAfterError('(run with --help for what there is)')
  const commands = [addCommand(), pullCommand(), runCommand(), listCommand()]
  for (const command of commands) group.addCommand(command.exitOverride())
  return group
}
