import { Command } from 'commander'
import { addCommand } from './encoders/add.js'
import { listCommand } from './encoders/list.js'
import { pullCommand } from './encoders/pull.js'
import { runCommand } from './encoders/run.js'
import { trainCommand } from './encoders/train.js'

export function encodersCommand(): Command {
  const group = new Command('encoders')
    .description('The models that turn texts, items and users into vectors: make, bring, run, list.')
    .showHelpAfterError('(run with --help for what there is)')
  const commands = [trainCommand(), addCommand(), pullCommand(), runCommand(), listCommand()]
  for (const command of commands) group.addCommand(command.exitOverride())
  return group
}
