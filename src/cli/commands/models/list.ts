import type { Command } from 'commander'
import type { ModelVersion } from '../../../storage/artifact-store.js'
import { type CommonOptions, command, withStore } from '../../command.js'

export function listCommand(): Command {
  return command('list', 'List the versions of the models, the newest first, and what each was judged by.').action(
    (options: CommonOptions) =>
      withStore(options, async (store, terminal) => {
        const versions = await store.artifacts.versions()
        for (const version of versions) terminal.line(versionLine(version))
        if (versions.length === 0) terminal.line('There are none. Run `sona train`.')
        terminal.result({ versions })
      }),
  )
}

function versionLine({ version, state, publishedAt, bytes, events, verdict }: ModelVersion): string {
  const at = new Date(publishedAt).toISOString().slice(0, 19).replace('T', ' ')
  const of = events === undefined ? '' : `, of ${events} events`
  return `${String(version).padStart(5)}  ${state.padEnd(9)}  ${at}  ${(bytes / 2 ** 20).toFixed(1)} MiB${of}${verdict ? `: ${verdict.because}` : ''}`
}
