import type { Command } from 'commander'
import type { UserId } from '../../../domain/ids.js'
import { type CommonOptions, command } from '../../command.js'
import { withAdapters } from './with-adapters.js'

export function deleteCommand(): Command {
  return command('delete', 'Forget a user’s adapter. Later events begin another.')
    .argument('<user>', 'the user’s id')
    .action((userId: string, options: CommonOptions) =>
      withAdapters(options, async (adapters, terminal) => {
        const versions = await adapters.forget(userId as UserId)
        terminal.line(
          versions === 0 ? `${userId} had no adapter.` : `Forgotten: ${versions} versions of the adapter of ${userId}.`,
        )
        terminal.result({ userId, versions })
      }),
    )
}
