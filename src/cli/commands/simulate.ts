import { once } from 'node:events'
import { createWriteStream, type WriteStream } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import type { Command } from 'commander'
import { eventToJson } from '../../contract/event.js'
import { itemToJson } from '../../contract/item.js'
import type { Item } from '../../domain/item.js'
import { createRandom } from '../../domain/random.js'
import { readVegaFilms } from '../../formats/vega.js'
import { simulateAudience } from '../../simulation/audience.js'
import { simulateCatalogue } from '../../simulation/catalogue.js'
import { type CommonOptions, command, wholeNumber } from '../command.js'
import { createTerminal } from '../terminal.js'

interface SimulateOptions extends CommonOptions {
  readonly out: string
  readonly users: number
  readonly firstUser: number
  readonly meanEvents: number
  readonly days: number
  readonly items?: number
  readonly until: string
  readonly seed: number
}

/** A fixed day, so that the same command gives the same files next year. */
const DEFAULT_UNTIL = '2026-01-01'

export function simulateCommand(): Command {
  return command(
    'simulate',
    'Make up an audience (and, with --items, a catalogue) for demonstrations and load tests. Never real people.',
  )
    .requiredOption('--out <dir>', 'where items.ndjson, users.ndjson and events.ndjson go; `sona import` reads them')
    .option('--users <number>', 'how many users', wholeNumber(0, 100_000_000), 1_000)
    .option('--first-user <number>', 'the number of the first one: ranges can be made apart', wholeNumber(0, 1_000_000_000), 0)
    .option('--mean-events <number>', 'events per user on average', wholeNumber(1, 100_000), 40)
    .option('--days <number>', 'how many days the events span', wholeNumber(1, 36_500), 180)
    .option('--items <number>', 'made-up titles; default: the films of vega-datasets', wholeNumber(0, 1_000_000))
    .option('--until <date>', 'the day of the last events', DEFAULT_UNTIL)
    .option('--seed <number>', 'same seed, same files', wholeNumber(0, 2 ** 31), 1)
    .action(async (options: SimulateOptions) => {
      const terminal = createTerminal(options.json === true)
      const random = createRandom(options.seed)
      const until = Date.parse(options.until)
      const items =
        options.items === undefined
          ? await readVegaFilms()
          : [...simulateCatalogue(options.items, { releasedUntil: until }, random.fork('catalogue'))]
      await mkdir(options.out, { recursive: true })
      const progress = terminal.progress('Simulating')
      const counts = await writeAudience(items, { ...options, until }, random.fork('audience'), (users) =>
        progress.at(users, options.users, `${users} users`),
      )
      progress.end()
      terminal.line(
        `${items.length} items, ${counts.users} users, ${counts.events} events in ${options.out}: all simulated, and marked so.`,
      )
      terminal.result({ items: items.length, ...counts, directory: options.out })
    })
}

async function writeAudience(
  items: readonly Item[],
  options: Omit<SimulateOptions, 'until' | 'items'> & { readonly until: number },
  random: ReturnType<typeof createRandom>,
  onUser: (users: number) => void,
): Promise<{ readonly users: number; readonly events: number }> {
  const open = (name: string): WriteStream => createWriteStream(join(options.out, name))
  const files = { items: open('items.ndjson'), users: open('users.ndjson'), events: open('events.ndjson') }
  for (const item of items) await writeLine(files.items, itemToJson(item))
  const { users, firstUser, meanEvents, days, until } = options
  let written = 0
  let events = 0
  for (const life of simulateAudience(items, { users, firstUser, meanEvents, days, until }, random)) {
    await writeLine(files.users, life.user)
    for (const event of life.events) await writeLine(files.events, eventToJson(event))
    events += life.events.length
    onUser(++written)
  }
  await Promise.all(
    Object.values(files).map((file) => {
      file.end()
      return finished(file)
    }),
  )
  return { users: written, events }
}

async function writeLine(file: WriteStream, row: object): Promise<void> {
  if (!file.write(`${JSON.stringify(row)}\n`)) await once(file, 'drain')
}
