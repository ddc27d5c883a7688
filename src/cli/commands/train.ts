import { type Command, Option } from 'commander'
import { trainAndPublish } from '../../jobs/train.js'
import { modelsOf } from '../../pipeline/plan.js'
import { defaultModels, type ModelSpec } from '../../pipeline/train.js'
import { type CommonOptions, command, interruption, wholeNumber, withStore } from '../command.js'
import { readPlan } from '../plan-file.js'

interface TrainCommandOptions extends CommonOptions {
  readonly only?: string
  readonly plan?: string
  readonly fresh?: boolean
  readonly seed: number
  readonly threads: number
}

export function trainCommand(): Command {
  const known = defaultModels.map(({ algorithm }) => algorithm).join(',')
  return command('train', 'Train the models on everything in the store and publish them under a new version.')
    .option('--only <models>', `only these, separated by commas (of ${known})`)
    .addOption(new Option('--plan <file>', 'the models that this plan reads, with its options').conflicts('only'))
    .option('--fresh', 'begin every model anew, rather than from the published one where that helps (als)')
    .option('--seed <number>', 'same data and same seed give the same models', wholeNumber(0, 2 ** 31), 1)
    .option('--threads <number>', 'models trained at the same time', wholeNumber(1, 64), 2)
    .action(async (options: TrainCommandOptions) => {
      const models = await modelsNamed(options)
      await withStore(options, async (store, terminal) => {
        const progress = terminal.progress('Training')
        const started = performance.now()
        const published = await trainAndPublish(store, {
          ...(models && { models }),
          start: options.fresh === true ? 'anew' : 'warm',
          seed: options.seed,
          threads: options.threads,
          signal: interruption(),
          onProgress(each) {
            const done = each.reduce((sum, model) => sum + model.done, 0)
            const current = each.filter((model) => model.done > 0 && model.done < 1).map(({ model }) => model)
            progress.at(done, each.length, current.join(', '))
          },
        })
        const seconds = (performance.now() - started) / 1000
        progress.end(`version ${published.version} in ${seconds.toFixed(1)} s`)
        terminal.line(`Trained on ${published.events} visits of ${published.users} users to ${published.items} items.`)
        for (const { model, seconds: each, warm, bytes } of published.models) {
          const size = `${(bytes / 2 ** 20).toFixed(1).padStart(7)} MiB`
          const start = warm ? '  begun from the model before' : ''
          terminal.line(`  ${model.padEnd(12)} ${each.toFixed(1).padStart(6)} s  ${size}${start}`)
        }
        terminal.line(`Published as version ${published.version}. A running server takes it over within seconds.`)
        terminal.result({ ...published, seconds })
      })
    })
}

async function modelsNamed({ only, plan }: TrainCommandOptions): Promise<readonly ModelSpec[] | undefined> {
  if (plan !== undefined) return modelsOf(await readPlan(plan))
  return only?.split(',').map((algorithm) => ({ algorithm: algorithm.trim() }))
}
