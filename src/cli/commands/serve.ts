import { availableParallelism } from 'node:os'
import { type Command, Option } from 'commander'
import type { Schedule } from '../../contract/schedule.js'
import { createServer, DEFAULT_PORT } from '../../http/server.js'
import { type EncodersInUse, encodersInUse } from '../../inference/encoders-in-use.js'
import { keepEncoded } from '../../jobs/keep-encoded.js'
import { createLog, type Log, type LogLevel } from '../../observability/log.js'
import { defaultPlan } from '../../pipeline/default-plan.js'
import { modelsOf, type PlanSpec } from '../../pipeline/plan.js'
import { modelName } from '../../pipeline/train.js'
import { createSona } from '../../sona.js'
import type { Store } from '../../storage/store.js'
import {
  type CommonOptions,
  command,
  databaseUrlOf,
  encoderPlace,
  logLevelOption,
  untilInterrupted,
  wholeNumber,
  withStore,
} from '../command.js'
import { readPlan } from '../plan-file.js'
import { readSchedule } from '../schedule-file.js'
import type { Terminal } from '../terminal.js'
import { startWorkerInThread } from '../worker-in-thread.js'
import { startWorkerProcess } from '../worker-process.js'

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
  readonly worker: boolean
  readonly schedule?: string
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
    .option('--no-worker', 'do no jobs beside; another process has to: `sona worker`')
    .option('--schedule <file>', 'when jobs run by themselves, as JSON (docs/jobs.md)')
    .addOption(logLevelOption())
    .action(async (options: ServeOptions) => {
      const plan = options.plan === undefined ? undefined : await readPlan(options.plan)
      const schedule = await readSchedule(options.schedule)
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
        const keeper = store.kind === 'embedded' ? keepEncoded({ store, encoders: () => encoders.current, onProblem }) : undefined
        const server = await createServer(sona, { log, host: options.host, port: options.port })
        const reloadModels = (): void =>
          void sona
            .reload()
            .catch((error: unknown) => log.error({ err: error }, 'New models could not be loaded; the old ones stay.'))
        const unsubscribe = store.onModelsChanged(reloadModels)
        const reload = setInterval(() => {
          reloadModels()
          void encoders.refresh().then(() => keeper?.look())
        }, RELOAD_EVERY_MS)
        let worker: { stop(): Promise<void> } | undefined
        try {
          const address = await server.listen()
          if (options.worker) worker = await startBeside(store, options, { schedule, ...(plan && { plan }), encoders, log })
          terminal.line(`Sona answers at ${address}  (manual: ${address}/docs)`)
          if (sona.health().modelVersion === 'none')
            terminal.note('No models are published yet: answers are new titles only. Run `sona train`.')
          else await noteMissingModels(store, plan ?? defaultPlan, terminal)
          terminal.result({ address, ...sona.health() })
          keeper?.look()
          await untilInterrupted()
          terminal.note('Stopping: requests in flight finish first.')
        } finally {
          clearInterval(reload)
          unsubscribe()
          await keeper?.close()
          await server.close()
          await worker?.stop()
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

interface Beside {
  readonly schedule: Schedule
  readonly plan?: PlanSpec
  readonly encoders: EncodersInUse
  readonly log: Log
}

/**
 * A worker that leaves the server its processor: a process of its own at a lower priority. The embedded database belongs to one
 * process; there it is a thread of this one.
 */
async function startBeside(store: Store, options: ServeOptions, beside: Beside): Promise<{ stop(): Promise<void> }> {
  const databaseUrl = databaseUrlOf(options)
  const { home, logLevel, schedule, plan } = options
  if (databaseUrl === undefined) return startWorkerInThread(store, { ...beside, logLevel })
  // In the environment, not on the command line: an address holds a password, and command lines are for all to see.
  const where = { DATABASE_URL: databaseUrl, SONA_HOME: home }
  const files = [...(schedule === undefined ? [] : ['--schedule', schedule]), ...(plan === undefined ? [] : ['--plan', plan])]
  return startWorkerProcess(['--log-level', logLevel, ...files], where, (how) =>
    beside.log.error({ how }, 'The worker died; it is started again.'),
  )
}
