import { existsSync } from 'node:fs'
import { Command, InvalidArgumentError, Option } from 'commander'
import type { EncoderPlace } from '../inference/encoders-in-use.js'
import { type LogLevel, logLevels } from '../observability/log.js'
import { openStore } from '../storage/open.js'
import type { Store } from '../storage/store.js'
import { createTerminal, type Terminal } from './terminal.js'

/** The options that every command has. */
export interface CommonOptions {
  readonly home: string
  /** Whether --home was written out: then it is meant, whatever DATABASE_URL says. */
  readonly isHomeGiven?: boolean
  readonly database?: string
  readonly json?: boolean
}

/** A command with the options that all share. */
export function command(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .showHelpAfterError('(run with --help for what there is)')
    .addOption(
      new Option('--home <dir>', 'directory of the embedded database, files and models').env('SONA_HOME').default('.sona'),
    )
    .option('--database <url>', 'a PostgreSQL server instead of the embedded database (default: DATABASE_URL)')
    .hook('preAction', (called) => {
      called.setOptionValue('isHomeGiven', called.getOptionValueSource('home') === 'cli')
    })
    .option('--json', 'print exactly one JSON document on standard output, everything else on standard error')
}

/** Runs a command's work with the store open and the terminal ready, and closes the store whatever happens. */
export async function withStore<T>(options: CommonOptions, work: (store: Store, terminal: Terminal) => Promise<T>): Promise<T> {
  const terminal = createTerminal(options.json === true)
  const store = await openNamedStore(options, terminal)
  try {
    return await work(store, terminal)
  } finally {
    await store.close()
  }
}

/** The store that the command line names; where it names none, that of DATABASE_URL; else the embedded one in its default home. */
export function openNamedStore(options: CommonOptions, terminal: Terminal): Promise<Store> {
  const { home } = options
  const databaseUrl = databaseUrlOf(options)
  if (databaseUrl !== undefined) return openStore({ databaseUrl })
  if (!existsSync(home)) terminal.note(`Making an embedded database in ${home}; this takes some seconds, once.`)
  return openStore({ home })
}

/** The server that the command line or the environment names; undefined: the embedded database. */
export function databaseUrlOf({ isHomeGiven, database }: CommonOptions): string | undefined {
  const url = database ?? (isHomeGiven === true ? '' : (process.env.DATABASE_URL ?? ''))
  return url === '' ? undefined : url
}

/** The encoder that the environment names, else the one in use in the home directory. */
export function encoderPlace({ home }: CommonOptions): EncoderPlace {
  const directory = process.env.EMBEDDING_MODEL_PATH ?? ''
  return directory === '' ? { home } : { directory }
}

/** A whole number within bounds, or a usage error that names them. */
export function wholeNumber(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (Number.isInteger(number) && number >= least && number <= most) return number
    throw new InvalidArgumentError(`It must be a whole number from ${least} to ${most}.`)
  }
}

/** A number within bounds, or a usage error that names them. */
export function between(least: number, most: number): (text: string) => number {
  return (text) => {
    const number = Number(text)
    if (text.trim() !== '' && number >= least && number <= most) return number
    throw new InvalidArgumentError(`It must be a number from ${least} to ${most}.`)
  }
}

/** How much goes into the log. */
export function logLevelOption(): Option {
  return new Option('--log-level <level>', `one of ${logLevels.join(', ')}`).argParser(logLevel).default('info')
}

function logLevel(text: string): LogLevel {
  const level = logLevels.find((each) => each === text)
  if (level === undefined) throw new InvalidArgumentError(`It must be one of ${logLevels.join(', ')}.`)
  return level
}

/** Aborts on Ctrl-C or a request to stop; a second one ends the process at once. */
export function interruption(): AbortSignal {
  const controller = new AbortController()
  const stop = (): void => {
    if (controller.signal.aborted) process.exit(130)
    controller.abort()
  }
  process.on('SIGINT', stop)
  process.on('SIGTERM', stop)
  return controller.signal
}

/** Resolves when the process is asked to stop. */
export function untilInterrupted(): Promise<void> {
  const signal = interruption()
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}
