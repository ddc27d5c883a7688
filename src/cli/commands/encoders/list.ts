import type { Command } from 'commander'
import { currentEncoder, listEncoders } from '../../../inference/shelf.js'
import { type CommonOptions, command } from '../../command.js'
import { createTerminal } from '../../terminal.js'

export function listCommand(): Command {
  return command('list', 'The encoders in the home directory, the one in use marked with an asterisk.').action(
    async (options: CommonOptions) => {
      const terminal = createTerminal(options.json === true)
      const [encoders, current] = await Promise.all([listEncoders(options.home), currentEncoder(options.home)])
      if (encoders.length === 0) terminal.line('There are no encoders yet. Bring one with `sona encoders add`.')
      for (const { version, text, dimensions } of encoders) {
        const width = dimensions === undefined ? 'texts alone' : `items and users ${dimensions} numbers`
        terminal.line(`${version === current ? '*' : ' '} ${version}  texts ${text.dimensions} numbers, ${width}`)
      }
      terminal.result({ current: current ?? null, encoders })
    },
  )
}
