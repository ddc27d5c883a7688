import { constants, setPriority } from 'node:os'
import type { Command } from 'commander'
import { encodersInUse } from '../../inference/encoders-in-use.js'
import { jobKinds } from '../../jobs/kinds/index.js'
import { createLog, type LogLevel } from '../../observability/log.js'
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
import { openWorker } from '../open-worker.js'
import { readPlan } from '../plan-file.js'
import { readSchedule } from '../schedule-file.js'

/** How often a worker looks for an encoder that was chosen elsewhere. */
const REFRESH_EVERY_MS = 5_000

interface WorkerCommandOptions extends CommonOptions {
  readonly concurrency: number
  readonly threads: number
  readonly schedule?: string
  readonly plan?: string
  readonly silentAfter: number
  readonly logLevel: LogLevel
}

export function workerCommand(): Command {
  return command('worker', 'Do jobs: train, encode, clean up. At a lower priority than a server; as many workers as you like.')
    .option('--concurrency <number>', 'long jobs at a time', wholeNumber(1, 64), 1)
    .option('--threads <number>', 'threads that one job may take', wholeNumber(1, 64), 2)
    .option('--schedule <file>', 'when jobs run by themselves, as JSON (docs/jobs.md); the last worker that starts decides')
    .option('--plan <file>', 'train the models of this plan: the one that serves')
    .option(
      '--silent-after <seconds>',
      'take over the jobs of a worker that was not heard of for so long',
      wholeNumber(5, 3_600),
      30,
    )
    .addOption(logLevelOption())
    .action(async (options: WorkerCommandOptions) => {
      const schedule = await readSchedule(options.schedule)
      const plan = options.plan === undefined ? undefined : await readPlan(options.plan)
      // Threads that are started later inherit it. Answers come first.
      setPriority(constants.priority.PRIORITY_LOW)
      await withStore(options, async (store, terminal) => {
        const log = createLog({ level: options.logLevel })
        const encoders = await encodersInUse(encoderPlace(options), {
          onProblem: (what, error) => log.error({ err: error }, what),
        })
        const isAlone = databaseUrlOf(options) === undefined
        const { concurrency, threads, silentAfter } = options
        const worker = await openWorker(store, {
          schedule,
          ...(plan && { plan }),
          concurrency,
          threads,
          silentMs: silentAfter * 1_000,
          isAlone,
          encoders,
          log,
        })
        const refresh = setInterval(() => void encoders.refresh(), REFRESH_EVERY_MS)
        terminal.line(`The worker ${worker.name} waits for jobs.`)
        terminal.result({ worker: worker.name, kinds: jobKinds.map(({ name }) => name) })
        try {
          await untilToldToStop()
          terminal.note('Stopping: what runs is put back for another worker.')
        } finally {
          clearInterval(refresh)
          await worker.stop()
          await encoders.close()
        }
      })
    })
}

/** By a signal, or because the server that started this process is gone. */
function untilToldToStop(): Promise<void> {
  const orphaned = new Promise<void>((resolve) => process.once('disconnect', resolve))
  return Promise.race([untilInterrupted(), orphaned])
}
