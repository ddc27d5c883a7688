import { createWriteStream } from 'node:fs'
import { finished } from 'node:stream/promises'
import { Argument, type Command } from 'commander'
import { exportEvents, exportItems, exportUsers } from '../../formats/export.js'
import type { Store } from '../../storage/store.js'
import { type CommonOptions, command, withStore } from '../command.js'

const parts = ['items', 'users', 'events'] as const
type Part = (typeof parts)[number]

export function exportCommand(): Command {
  return command('export', 'Write everything of one kind as NDJSON, in the API’s own shape; `sona import` reads it back.')
    .addArgument(new Argument('<what>', 'which').choices(parts))
    .option('--out <file>', 'where to; default: standard output')
    .action((what: Part, options: CommonOptions & { readonly out?: string }) =>
      withStore(options, async (store, terminal) => {
        const out = options.out === undefined ? process.stdout : createWriteStream(options.out)
        const rows = await write(what, store, out)
        if (out !== process.stdout) {
          out.end()
          await finished(out)
          terminal.result({ what, rows, file: options.out })
        }
        terminal.note(`${rows} ${what} written.`)
      }),
    )
}

async function* itemsOf(store: Store) {
  for await (const batch of store.items.all()) yield batch.map(({ item }) => item)
}

function write(what: Part, store: Store, out: NodeJS.WritableStream & Parameters<typeof exportItems>[1]): Promise<number> {
  switch (what) {
    case 'items':
      return exportItems(itemsOf(store), out)
    case 'users':
      return exportUsers(store.users.all(), out)
    case 'events':
      return exportEvents(store.events.all(), out)
  }
}
