import { Argument, type Command } from 'commander'
import { type JobKindName, jobKindNames, parseJobInput } from '../../../contract/job-inputs.js'
import { SonaError } from '../../../domain/errors.js'
import { jobKinds, jobLines } from '../../../jobs/kinds/index.js'
import { type CommonOptions, command, withStore } from '../../command.js'

interface RunOptions extends CommonOptions {
  readonly input?: string
}

export function runCommand(): Command {
  const says = jobKinds.map(({ name, says }) => `${name}: ${says}`).join('; ')
  return command('run', `Ask for a job; a worker takes it. ${says}.`)
    .addArgument(new Argument('<kind>', 'which').choices(jobKindNames))
    .option('--input <json>', 'what the job is told, e.g. {"guard":"forced"} (docs/jobs.md)')
    .action((kind: JobKindName, options: RunOptions) => {
      const input = parseJobInput(kind, parsedJson(options.input ?? '{}'))
      return withStore(options, async (store, terminal) => {
        await store.jobs.declare(jobLines)
        const id = await store.jobs.add(kind, input)
        terminal.line(id === undefined ? `A job of the kind ${kind} waits already.` : `The job ${id} waits for a worker.`)
        terminal.result({ kind, added: id !== undefined, ...(id !== undefined && { id }) })
      })
    })
}

function parsedJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new SonaError('INVALID_REQUEST', `The input is not JSON: ${(cause as Error).message}.`, { cause })
  }
}
