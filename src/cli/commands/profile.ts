import type { Command } from 'commander'
import { sentenceOf } from '../../contract/problems.js'
import { type ProfileAnswer, parseProfileQuery } from '../../contract/profile.js'
import { SonaError } from '../../domain/errors.js'
import type { UserId } from '../../domain/ids.js'
import { affinityFields } from '../../features/profile.js'
import { createSona } from '../../sona.js'
import { type CommonOptions, command, withStore } from '../command.js'

interface ProfileCommandOptions extends CommonOptions {
  readonly halfLife: string
  readonly limit: string
  readonly timeZone: string
}

export function profileCommand(): Command {
  return command('profile', 'Say what a user’s events tell of their taste.')
    .argument('<user>', 'the user’s id')
    .option('--half-life <days>', 'what was watched this many days ago counts half', '30')
    .option('--limit <number>', 'how many names of each kind', '5')
    .option('--time-zone <name>', 'whose clock the hours are read from, e.g. Europe/Berlin', 'UTC')
    .action((userId: string, { halfLife, limit, timeZone, ...options }: ProfileCommandOptions) =>
      withStore(options, async (store, terminal) => {
        const query = parseProfileQuery({ halfLifeDays: halfLife, limit, timeZone })
        if (!query.ok) throw new SonaError('INVALID_REQUEST', `The profile cannot be shown so: ${sentenceOf(query.problems)}.`)
        const sona = await createSona({ store, warmUpQuestions: 0, onProblem: (what) => terminal.note(what) })
        try {
          const profile = await sona.users.profile(userId as UserId, query.value)
          for (const line of profileLines(profile)) terminal.line(line)
          terminal.result(profile)
        } finally {
          await sona.close()
        }
      }),
    )
}

/** A profile for people to read. */
function profileLines(profile: ProfileAnswer): string[] {
  const { userId, personalisation, entries, affinities, pattern, preference } = profile
  if (!personalisation) return [`${userId} refused personalisation: nothing is looked at.`]
  if (entries === 0) return [`Nothing is known of the taste of ${userId} yet.`]
  const named = affinityFields.flatMap((field) =>
    affinities[field].length === 0 ? [] : [`  ${field.padEnd(10)} ${affinities[field].map(inWords).join(', ')}`],
  )
  const vector = preference === undefined ? [] : [`  vector     ${preference.dimensions} numbers of ${preference.version}`]
  return [`${userId}: ${entries} visits that say something of taste`, ...named, ...patternLines(pattern), ...vector]
}

function inWords({ name, share, lift }: ProfileAnswer['affinities']['genres'][number]): string {
  return `${name} ${Math.round(100 * share)} % (×${lift.toFixed(1)})`
}

const weekdays = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday']

function patternLines(pattern: ProfileAnswer['pattern']): string[] {
  if (pattern === undefined) return []
  const most = (shares: readonly number[]): [number, number] => {
    const best = Math.max(...shares)
    return [shares.indexOf(best), Math.round(100 * best)]
  }
  const [hour, inHour] = most(pattern.hours)
  const [day, onDay] = most(pattern.weekdays)
  return [`  watches    most from ${hour}:00 to ${hour + 1}:00 (${inHour} %), most on ${weekdays[day]} (${onDay} %)`]
}
