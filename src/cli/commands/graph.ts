import type { Command } from 'commander'
import { parseGraphQuery } from '../../contract/graph.js'
import { sentenceOf } from '../../contract/problems.js'
import { SonaError } from '../../domain/errors.js'
import type { ItemId } from '../../domain/ids.js'
import type { GraphNeighbour } from '../../storage/store.js'
import { type CommonOptions, command, withStore } from '../command.js'

interface GraphCommandOptions extends CommonOptions {
  readonly depth: string
  readonly kinds?: string
  readonly limit: string
}

export function graphCommand(): Command {
  return command('graph', 'Show what lies around an item in the content graph, and the path to each.')
    .argument('<item>', 'the item’s id')
    .option('--depth <edges>', 'the longest path, 1 to 4', '2')
    .option('--kinds <edges>', 'only these edges, separated by commas, e.g. SEQUEL_OF,SAME_DIRECTOR; default: all')
    .option('--limit <number>', 'how many nodes', '50')
    .action((itemId: string, { depth, kinds, limit, ...options }: GraphCommandOptions) =>
      withStore(options, async (store, terminal) => {
        const query = parseGraphQuery({ depth, limit, ...(kinds !== undefined && { kinds }) })
        if (!query.ok) throw new SonaError('INVALID_REQUEST', `The graph cannot be walked so: ${sentenceOf(query.problems)}.`)
        const walk = await store.graph.walk(itemId as ItemId, query.value)
        if (walk === undefined) throw new SonaError('ITEM_NOT_FOUND', `No item has the id '${itemId}'.`)
        terminal.line(`${walk.title} (${walk.itemId})`)
        for (const neighbour of walk.reached) terminal.line(lineOf(neighbour))
        if (walk.reached.length === 0)
          terminal.line('  Nothing is tied to it: it has no metadata, and no events were trained on.')
        terminal.result(walk)
      }),
    )
}

function lineOf({ node, strength, path }: GraphNeighbour): string {
  const steps = path.map(({ kind, node: { name } }, at) => (at < path.length - 1 ? `${kind} ${name}` : kind)).join(' → ')
  const what = node.kind === 'item' ? `${node.name} (${node.itemId})` : `${node.role ?? node.kind} ${node.name}`
  return `  ${strength.toFixed(3)}  ${steps} → ${what}`
}
