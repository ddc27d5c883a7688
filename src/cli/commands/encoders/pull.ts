import type { Command } from 'commander'
import { DEFAULT_HUB, pullEncoder } from '../../../inference/pull-encoder.js'
import { type CommonOptions, command, interruption, wholeNumber } from '../../command.js'
import { createTerminal } from '../../terminal.js'
import { reportAdded } from './added.js'

interface PullOptions extends CommonOptions {
  readonly hub: string
  readonly revision: string
  readonly name?: string
  readonly mostTokens?: number
  readonly use?: boolean
}

export function pullCommand(): Command {
  return command('pull', 'Download a pretrained text model from a hub and bring it; a download that was cut off goes on.')
    .argument('<hub-id>', 'the model, e.g. sentence-transformers/all-MiniLM-L6-v2')
    .option('--hub <url>', 'another hub of the same kind, or a mirror', DEFAULT_HUB)
    .option('--revision <name>', 'a branch, tag or commit', 'main')
    .option('--name <name>', "what to call it; default: the last part of the hub's id")
    .option('--most-tokens <number>', 'cut texts here; default: what the model was made for', wholeNumber(8, 8_192))
    .option('--use', 'make it the encoder in use, even if another one is')
    .action(async (id: string, options: PullOptions) => {
      const terminal = createTerminal(options.json === true)
      const progress = terminal.progress(id)
      const manifest = await pullEncoder(options.home, id, {
        ...options,
        signal: interruption(),
        onProgress: (done, total, file) => progress.at(done, total, `${file}, ${megabytes(done)} of ${megabytes(total)} MB`),
      }).catch((error: unknown) => {
        progress.end('stopped')
        throw error
      })
      progress.end()
      await reportAdded(manifest, options, terminal)
    })
}

const megabytes = (bytes: number): string => (bytes / 1e6).toFixed(1)
