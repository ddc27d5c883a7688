import type { Command } from 'commander'
import { addEncoder } from '../../../inference/add-encoder.js'
import { type CommonOptions, command, wholeNumber } from '../../command.js'
import { createTerminal } from '../../terminal.js'
import { reportAdded } from './added.js'

interface AddOptions extends CommonOptions {
  readonly name?: string
  readonly mostTokens?: number
  readonly use?: boolean
}

export function addCommand(): Command {
  return command(
    'add',
    'Bring a pretrained text model: it is converted if it has to be, tried out, and kept in the home directory.',
  )
    .argument(
      '<dir>',
      'a directory with tokenizer.json, and model.onnx or, of the BERT family, model.safetensors and config.json',
    )
    .option('--name <name>', "what to call it; default: the directory's name")
    .option('--most-tokens <number>', 'cut texts here; default: what the model was made for', wholeNumber(8, 8_192))
    .option('--use', 'make it the encoder in use, even if another one is')
    .action(async (directory: string, options: AddOptions) => {
      const terminal = createTerminal(options.json === true)
      await reportAdded(await addEncoder(options.home, directory, options), options, terminal)
    })
}
