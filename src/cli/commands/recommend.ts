import type { Command } from 'commander'
import { type Problem, sentenceOf } from '../../contract/problems.js'
import { parseRecommendationRequest } from '../../contract/recommendation.js'
import { SonaError } from '../../domain/errors.js'
import { createSona } from '../../sona.js'
import { answerLines } from '../answer-lines.js'
import { type CommonOptions, command, wholeNumber, withStore } from '../command.js'
import { readPlan } from '../plan-file.js'

interface RecommendCommandOptions extends CommonOptions {
  readonly count: number
  readonly context?: string
  readonly filter?: string
  readonly plan?: string
  readonly explain?: boolean
}

export function recommendCommand(): Command {
  return command('recommend', 'Say what a user should see now, and why.')
    .argument('<user>', 'the user’s id; one that nobody knows is a new user')
    .option('--count <number>', 'how many items', wholeNumber(1, 500), 10)
    .option('--context <json>', 'circumstances, e.g. \'{"region":"DE","platforms":["netflix"]}\'')
    .option('--filter <json>', 'only items that match, e.g. \'{"field":"genres","op":"in","value":["drama"]}\'')
    .option('--plan <file>', 'answer by this plan instead of the default one')
    .option('--explain', 'say why for each item')
    .action(async (userId: string, options: RecommendCommandOptions) => {
      const plan = options.plan === undefined ? undefined : await readPlan(options.plan)
      await withStore(options, async (store, terminal) => {
        const parsed = parseRecommendationRequest({
          userId,
          count: options.count,
          explain: options.explain === true || options.json === true,
          ...(options.context !== undefined && { context: jsonOption('--context', options.context) }),
          ...(options.filter !== undefined && { filter: jsonOption('--filter', options.filter) }),
        })
        if (!parsed.ok) throw refused(parsed.problems)
        const sona = await createSona({ store, ...(plan && { plan }), onProblem: (what) => terminal.note(what) })
        try {
          const answer = await sona.recommend(parsed.value)
          for (const line of answerLines(answer, options.explain === true)) terminal.line(line)
          terminal.result(answer)
        } finally {
          await sona.close()
        }
      })
    })
}

function jsonOption(name: string, text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new SonaError('INVALID_REQUEST', `${name} is not JSON: ${(cause as Error).message}.`, { cause })
  }
}

function refused(problems: readonly Problem[]): SonaError {
  const isFilter = problems.every(({ field }) => field.startsWith('filter'))
  return new SonaError(
    isFilter ? 'INVALID_FILTER' : 'INVALID_REQUEST',
    `The request cannot be answered: ${sentenceOf(problems)}.`,
    { details: problems },
  )
}
