import { Command } from 'commander'
import { addCommand } from './encoders/add.js'
import { listCommand } from './encoders/list.js'
import { runCommand } from './encoders/run.js'
import { trainCommand } from './encoders/train.js'

export function encodersCommand(): Command {
  const group = new Command('encoders')
    .description('The models that turn texts, items and users into vectors: make, bring, list.')
    .showHelpAfterError('(run with --help for what there is)')
  for (const command of [trainCommand(), addCommand(), runCommand(), listCommand()]) group.addCommand(command.exitOverride())
  return group
}
