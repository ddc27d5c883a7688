import type { Command } from 'commander'
import { SonaError } from '../../../domain/errors.js'
import { type CommonOptions, command, withStore } from '../../command.js'

export function rollbackCommand(): Command {
  return command('rollback', 'Put the version live again that was it before: servers answer from it within seconds.').action(
    (options: CommonOptions) =>
      withStore(options, async (store, terminal) => {
        const switched = await store.artifacts.rollback()
        if (switched === undefined)
          throw new SonaError('MODELS_NOT_FOUND', 'No version was live before the one that is live now.')
        terminal.line(`Version ${switched.to} is live again, in place of ${switched.from}.`)
        terminal.result({ live: switched.to, before: switched.from })
      }),
  )
}
