import type { Command } from 'commander'
import type { UserId } from '../../../domain/ids.js'
import { type CommonOptions, command } from '../../command.js'
import { versionLine } from './version-line.js'
import { withAdapters } from './with-adapters.js'

export function versionsCommand(): Command {
  return command('versions', 'List the versions of a user’s adapter that are kept, newest first.')
    .argument('<user>', 'the user’s id')
    .action((userId: string, options: CommonOptions) =>
      withAdapters(options, async (adapters, terminal) => {
        const versions = await adapters.versions(userId as UserId)
        if (versions.length === 0) terminal.line(`${userId} has no adapter.`)
        for (const version of versions)
          terminal.line(`${version.createdAt}  gate ${version.gate.toFixed(2)}  ${versionLine(version)}`)
        terminal.result({ userId, versions })
      }),
    )
}
