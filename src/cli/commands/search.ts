import type { Command } from 'commander'
import { sentenceOf } from '../../contract/problems.js'
import { parseSearchRequest, type SearchAnswer } from '../../contract/search.js'
import { SonaError } from '../../domain/errors.js'
import { encodersInUse } from '../../inference/encoders-in-use.js'
import { createSona } from '../../sona.js'
import { type CommonOptions, command, encoderPlace, withStore } from '../command.js'

interface SearchOptions extends CommonOptions {
  readonly count: string
  readonly user?: string
  readonly kinds?: string
  readonly filter?: string
  readonly region?: string
}

export function searchCommand(): Command {
  return command('search', 'Find items by title, by name, or by what they are about.')
    .argument('<text...>', 'any words; mistyped ones are corrected')
    .option('--count <number>', 'how many items', '10')
    .option('--user <user>', 'whose taste orders what fits equally well, and whose limits hold')
    .option('--kinds <kinds>', 'only these kinds, separated by commas')
    .option('--filter <json>', 'only items that match, e.g. \'{"field":"genres","op":"in","value":["drama"]}\'')
    .option('--region <code>', 'ISO 3166 alpha-2; decides which offers count')
    .action((words: readonly string[], { count, user, kinds, filter, region, ...options }: SearchOptions) =>
      withStore(options, async (store, terminal) => {
        const given = { count, kinds, filter, region, userId: user }
        const query = Object.fromEntries(Object.entries(given).filter(([, value]) => value !== undefined))
        const parsed = parseSearchRequest({ q: words.join(' '), include: 'true', ...query })
        if (!parsed.ok) throw new SonaError('INVALID_REQUEST', `This cannot be searched for: ${sentenceOf(parsed.problems)}.`)
        const onProblem = (what: string): void => terminal.note(what)
        const encoders = await encodersInUse(encoderPlace(options), { onProblem })
        const sona = await createSona({ store, encoders, onProblem, warmUpQuestions: 0 })
        try {
          const answer = await sona.search(parsed.value)
          for (const line of linesOf(answer)) terminal.line(line)
          terminal.result(answer)
        } finally {
          await sona.close()
          await encoders.close()
        }
      }),
    )
}

function linesOf({ items, degraded, tookMs }: SearchAnswer): string[] {
  const found = items.map(({ itemId, title, score, parts }) => {
    const said = Object.entries(parts).map(([part, value]) => `${part} ${value.toFixed(2)}`)
    return `  ${score.toFixed(3)}  ${title} (${itemId})  ${said.join(', ')}`
  })
  return [
    ...(found.length === 0 ? ['Nothing fits.'] : found),
    ...(degraded.length === 0 ? [] : [`Without ${degraded.join(', ')}.`]),
    `${tookMs.toFixed(1)} ms`,
  ]
}
