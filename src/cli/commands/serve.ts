import { availableParallelism } from 'node:os'
import { type Command, InvalidArgumentError, Option } from 'commander'
import { createServer, DEFAULT_PORT } from '../../http/server.js'
import { encodersInUse } from '../../inference/encoders-in-use.js'
import { createLog, type LogLevel, logLevels } from '../../observability/log.js'
import { defaultPlan } from '../../pipeline/default-plan.js'
import { modelsOf, type PlanSpec } from '../../pipeline/plan.js'
import { modelName } from '../../pipeline/train.js'
import { createSona } from '../../sona.js'
import type { Store } from '../../storage/store.js'
import { type CommonOptions, command, encoderPlace, untilInterrupted, wholeNumber, withStore } from '../command.js'
import { readPlan } from '../plan-file.js'
import type { Terminal } from '../terminal.js'

/** How often a server looks for models and encoders that were published elsewhere: one small query, one small file. */
const RELOAD_EVERY_MS = 5_000

/** A few seconds of work, after which the engine's code is compiled and the first callers are not the ones who wait for it. */
const WARM_UP_QUESTIONS = 4_000

interface ServeOptions extends CommonOptions {
  readonly host: string
  readonly port: number
  readonly rankingThreads: number
  readonly logLevel: LogLevel
  readonly plan?: string
}

export function serveCommand(): Command {
  return command('serve', 'Serve the HTTP API: recommendations, events, items and users. Reads /docs for its own manual.')
    .option(
      '--host <address>',
      'where to listen; there are no API keys yet, so keep it on loopback or behind a gateway',
      '127.0.0.1',
    )
    .option('--port <number>', 'on which port', wholeNumber(0, 65_535), DEFAULT_PORT)
    .addOption(
      new Option('--ranking-threads <number>', 'threads that rank')
        .argParser(wholeNumber(1, 64))
        .default(Math.max(1, availableParallelism() - 1), 'one less than there are processors, at least 1'),
    )
    .option('--plan <file>', 'answer by this plan instead of the default one; train its models first with `sona train --plan`')
    .option('--log-level <level>', `one of ${logLevels.join(', ')}`, logLevel, 'info')
    .action(async (options: ServeOptions) => {
      const plan = options.plan === undefined ? undefined : await readPlan(options.plan)
      await withStore(options, async (store, terminal) => {
        const log = createLog({ level: options.logLevel })
        const onProblem = (what: string, error: unknown): void => log.error({ err: error }, what)
        const encoders = await encodersInUse(encoderPlace(options), { onProblem })
        const sona = await createSona({
          store,
          encoders,
          ...(plan && { plan }),
          rankingThreads: options.rankingThreads,
          warmUpQuestions: WARM_UP_QUESTIONS,
          onProblem,
        })
        const server = await createServer(sona, { log, host: options.host, port: options.port })
        const reload = setInterval(() => {
          sona.reload().catch((error: unknown) => log.error({ err: error }, 'New models could not be loaded; the old ones stay.'))
          void encoders.refresh()
        }, RELOAD_EVERY_MS)
        try {
          const address = await server.listen()
          terminal.line(`Sona answers at ${address}  (manual: ${address}/docs)`)
          if (sona.health().modelVersion === 'none')
            terminal.note('No models are published yet: answers are new titles only. Run `sona train`.')
          else await noteMissingModels(store, plan ?? defaultPlan, terminal)
          terminal.result({ address, ...sona.health() })
          await untilInterrupted()
          terminal.note('Stopping: requests in flight finish first.')
        } finally {
          clearInterval(reload)
          await server.close()
          await sona.close()
          await encoders.close()
        }
      })
    })
}

/** A plan may read models that nobody trained: its sources are then silent, which whoever starts the server should hear. */
async function noteMissingModels(store: Store, plan: PlanSpec, terminal: Terminal): Promise<void> {
  const published = new Set((await store.artifacts.list()).map(({ name }) => name))
  const missing = modelsOf(plan)
    .map(modelName)
    .filter((name) => !published.has(name))
  if (missing.length > 0) {
    terminal.note(`Not published: ${missing.join(', ')}. Sources that read them stay silent until \`sona train --plan\` has run.`)
  }
}

function logLevel(text: string): LogLevel {
  const level = logLevels.find((each) => each === text)
  if (level === undefined) throw new InvalidArgumentError(`It must be one of ${logLevels.join(', ')}.`)
  return level
}
