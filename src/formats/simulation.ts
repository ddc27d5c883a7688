import { SonaError } from '../domain/errors.js'
import type { Event } from '../domain/event.js'
import { createRandom } from '../domain/random.js'
import { simulateAudience } from '../simulation/audience.js'
import type { AudienceOptions } from '../simulation/audience-options.js'
import { simulateCatalogue } from '../simulation/catalogue.js'
import type { Feed, Rows } from './feed.js'

/** A fixed day, so that the same name means the same data next year. */
const UNTIL = Date.UTC(2026, 0, 1)

type Situation = Partial<AudienceOptions> & { readonly items: number }

/** Broad tastes that genres tell much of, and long histories: what is to be found is there, for whoever looks in the right place. */
const clear: Situation = {
  users: 160,
  meanEvents: 500,
  days: 365,
  items: 2_500,
  tasteDimensions: 6,
  hiddenShare: 0.15,
  relatedShare: 0.15,
  noise: 0.05,
}

/** Situations in which somebody's own habits tell what nobody else's do; docs/simulation.md says what is in each. */
const situations: Readonly<Record<string, Situation>> = {
  /** Every account is two people's, who are told apart by the hour and the device. */
  households: { ...clear, householdShare: 1, driftPerDay: 0 },
  /** Tastes stay what they are until shortly before the last tenth of the events; then most interests are given up for others. */
  drift: { ...clear, steadyDays: 325, driftPerDay: 0.05 },
}

/** Opens `households` or `drift`, perhaps followed by `,users=…`, `,mean-events=…`, `,items=…` and `,seed=…`. All of it is made up, and says so. */
export async function openSimulation(name: string): Promise<Feed> {
  const [situation = '', ...changes] = name.split(',')
  const options = Object.hasOwn(situations, situation) ? situations[situation] : undefined
  if (options === undefined) {
    throw new SonaError(
      'INVALID_FILE',
      `Simulations are ${Object.keys(situations).join(' and ')}; not ${situation.slice(0, 200)}.`,
    )
  }
  const { seed = 1, items: count, ...audience } = { ...options, ...changed(changes) }
  const random = createRandom(seed)
  const works = { releasedUntil: UNTIL, seriesShare: 0 }
  const items = [...simulateCatalogue(count, works, random.fork('catalogue'))]
  const lives = () => simulateAudience(items, { ...audience, until: UNTIL }, random.fork('audience'))
  return {
    title: `Simulation of ${situation}`,
    items: () => numbered('items', [items]),
    users: () =>
      numbered(
        'users',
        batches(lives(), ({ user }) => [user]),
      ),
    events: () =>
      numbered<Event>(
        'events',
        batches(lives(), ({ events }) => events),
      ),
    notes: ['Simulated: no person did any of this.'],
  }
}

const names: Readonly<Record<string, keyof AudienceOptions | 'items' | 'seed'>> = {
  users: 'users',
  'mean-events': 'meanEvents',
  days: 'days',
  'steady-days': 'steadyDays',
  items: 'items',
  seed: 'seed',
}

function changed(changes: readonly string[]): { readonly [name: string]: number } {
  return Object.fromEntries(
    changes.map((change) => {
      const [, name = '', value = ''] = /^([a-z-]+)=(\d+)$/.exec(change) ?? []
      const option = Object.hasOwn(names, name) ? names[name] : undefined
      if (option === undefined) {
        throw new SonaError(
          'INVALID_FILE',
          `A simulation takes ${Object.keys(names).join('=…, ')}=…, not ${change.slice(0, 200)}.`,
        )
      }
      return [option, Number(value)]
    }),
  )
}

function* batches<T, U>(lives: Iterable<T>, rowsOf: (life: T) => readonly U[]): Generator<readonly U[]> {
  for (const life of lives) yield rowsOf(life)
}

async function* numbered<T>(file: string, from: Iterable<readonly T[]>): Rows<T> {
  let line = 0
  for (const batch of from) yield batch.map((value) => ({ file, line: ++line, value }))
}
