import type { Command } from 'commander'
import type { UserId } from '../../../domain/ids.js'
import { type CommonOptions, command, wholeNumber } from '../../command.js'
import { versionLine } from './version-line.js'
import { withAdapters } from './with-adapters.js'

interface RollbackOptions extends CommonOptions {
  readonly to?: number
}

export function rollbackCommand(): Command {
  return command('rollback', 'Bring an earlier version of a user’s adapter back, as a new one.')
    .argument('<user>', 'the user’s id')
    .option('--to <version>', 'the version to bring back (default: the one before)', wholeNumber(1, 2 ** 31))
    .action((userId: string, { to, ...options }: RollbackOptions) =>
      withAdapters(options, async (adapters, terminal) => {
        const adapter = await adapters.rollback(userId as UserId, to)
        terminal.line(`${userId}: ${versionLine(adapter)}`)
        terminal.result({ userId, adapter })
      }),
    )
}
