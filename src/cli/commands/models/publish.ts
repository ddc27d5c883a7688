import type { Command } from 'commander'
import { type CommonOptions, command, wholeNumber, withStore } from '../../command.js'

export function publishCommand(): Command {
  return command('publish', 'Put a version live, whatever it was judged: servers answer from it within seconds.')
    .argument('<version>', 'its number', wholeNumber(0, Number.MAX_SAFE_INTEGER))
    .action((version: number, options: CommonOptions) =>
      withStore(options, async (store, terminal) => {
        const from = await store.artifacts.live()
        await store.artifacts.goLive(version)
        terminal.line(`Version ${version} is live${from === undefined ? '' : `, in place of ${from}`}.`)
        terminal.result({ live: version, ...(from !== undefined && { before: from }) })
      }),
    )
}
