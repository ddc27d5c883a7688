import type { Command } from 'commander'
import { SonaError } from '../../../domain/errors.js'
import { openEncoders } from '../../../inference/open-encoders.js'
import { currentEncoder, encoderDirectory, useEncoder } from '../../../inference/shelf.js'
import { encodeCatalogue } from '../../../jobs/encode-catalogue.js'
import { type CommonOptions, command, encoderPlace, interruption, wholeNumber, withStore } from '../../command.js'

interface RunOptions extends CommonOptions {
  readonly all?: boolean
  readonly threads: number
}

export function runCommand(): Command {
  return command('run', 'Make the vectors of all items that are new or changed, and put them in use at once when all are there.')
    .argument('[version]', 'of the encoder; default: the one in use. Afterwards it is in use')
    .option('--all', 'make every vector anew, whether or not the item changed')
    .option('--threads <number>', 'processors to spread each batch over', wholeNumber(1, 64), 1)
    .addHelpText('after', '\nStop it with Ctrl-C and run it again: vectors that are there already are not made twice.')
    .action(async (version: string | undefined, options: RunOptions) => {
      const { directory, chosen } = await directoryOf(version, options)
      await withStore(options, async (store, terminal) => {
        const encoders = await openEncoders(directory, { threads: options.threads, onProblem: (what) => terminal.note(what) })
        const progress = terminal.progress('Encoding')
        try {
          const report = await encodeCatalogue(store, encoders, {
            which: options.all === true ? 'all' : 'changed',
            signal: interruption(),
            onProgress: ({ done, total, encoded }) => progress.at(done, total, `${encoded} encoded`),
          })
          if (!report.interrupted && chosen !== undefined) await useEncoder(options.home, chosen)
          const { encoded, unchanged, withoutVector, seconds } = report
          progress.end(report.interrupted ? 'stopped; run it again to go on' : `done in ${seconds.toFixed(1)} s`)
          terminal.line(
            `${encoded} items encoded by ${report.version} (${Math.round(encoded / seconds)} a second), ${unchanged} were there already, ${withoutVector} say nothing that it knows.`,
          )
          if (!report.interrupted) terminal.line('These vectors are in use now. A running server takes them over within seconds.')
          terminal.result({ ...report, peakMemoryMb: Math.round(process.resourceUsage().maxRSS / 1024) })
          if (report.interrupted) process.exitCode = 1
        } finally {
          await encoders.close()
        }
      })
    })
}

/** `chosen` where the home directory's shelf has it, and so can put it in use. */
async function directoryOf(
  version: string | undefined,
  options: CommonOptions,
): Promise<{ readonly directory: string; readonly chosen?: string }> {
  const place = encoderPlace(options)
  if (version === undefined && 'directory' in place) return place
  const chosen = version ?? (await currentEncoder(options.home))
  if (chosen === undefined) {
    throw new SonaError(
      'ENCODER_UNAVAILABLE',
      `There is no encoder in ${options.home}. Make one with \`sona encoders train\`, or bring one with \`sona encoders add\`.`,
    )
  }
  return { directory: encoderDirectory(options.home, chosen), chosen }
}
