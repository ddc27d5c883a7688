import type { Command } from 'commander'
import type { AdapterAnswer } from '../../../contract/adapter.js'
import type { UserId } from '../../../domain/ids.js'
import { type CommonOptions, command } from '../../command.js'
import { versionLine } from './version-line.js'
import { withAdapters } from './with-adapters.js'

export function showCommand(): Command {
  return command('show', 'Say what a user’s adapter has learned, in words.')
    .argument('<user>', 'the user’s id')
    .action((userId: string, options: CommonOptions) =>
      withAdapters(options, async (adapters, terminal) => {
        const answer = await adapters.of(userId as UserId)
        for (const line of linesOf(answer)) terminal.line(line)
        terminal.result(answer)
      }),
    )
}

function linesOf({ userId, adapter, leanings, due }: AdapterAnswer): string[] {
  const waiting = due.reason === undefined ? '' : ', and it is to be trained'
  const unused = `${due.events} events it has not learned from yet${waiting}.`
  if (adapter === undefined) return [`${userId} has no adapter: the shared ranking serves. ${unused}`]
  return [
    `${userId}: ${versionLine(adapter)}. ${unused}`,
    adapter.gate > 0
      ? `It is heard at ${(100 * adapter.gate).toFixed(0)} %: it predicted the latest events better by ${adapter.gain.toFixed(2)} in log-likelihood.`
      : `It is not heard: without it, the latest events were predicted as well or better (${adapter.gain.toFixed(2)} in log-likelihood).`,
    ...(leanings.length === 0 ? ['It has no leaning that could be told from none.'] : ['It lifts (+) and lowers (−):']),
    ...leanings.map(
      ({ when, feature, lift }) => `  ${when.padEnd(18)} ${lift > 0 ? '+' : '−'}${Math.abs(lift).toFixed(2)}  ${feature}`,
    ),
  ]
}
