import type { Command } from 'commander'
import type { RecommendationAnswer } from '../../contract/recommendation.js'
import { SonaError } from '../../domain/errors.js'
import type { UserId } from '../../domain/ids.js'
import { createRandom } from '../../domain/random.js'
import { openSource } from '../../formats/source.js'
import { readVegaFilms } from '../../formats/vega.js'
import { createServer } from '../../http/server.js'
import { importFeed } from '../../jobs/import.js'
import { trainAndPublish } from '../../jobs/train.js'
import { createLog } from '../../observability/log.js'
import { simulateAudience } from '../../simulation/audience.js'
import { createSona } from '../../sona.js'
import type { Store } from '../../storage/store.js'
import { answerLines } from '../answer-lines.js'
import { type CommonOptions, command, untilInterrupted, wholeNumber, withStore } from '../command.js'
import type { Terminal } from '../terminal.js'

interface DemoOptions extends CommonOptions {
  readonly once?: boolean
  readonly data?: string
  readonly port: number
  readonly user?: string
}

const AUDIENCE = { users: 600, meanEvents: 40, seed: 1 } as const
const COUNT = 10

export function demoCommand(): Command {
  return command(
    'demo',
    'From nothing to an explained answer: a catalogue, an audience, models, a server, an event and what it changed.',
  )
    .option('--once', 'answer and exit instead of serving on')
    .option('--data <source>', 'real data instead of the simulated audience, e.g. movielens:<dir>')
    .option('--port <number>', 'where to serve; 0: any free port', wholeNumber(0, 65_535), 0)
    .option('--user <id>', 'whose list to show')
    .action((given: DemoOptions) => {
      // A demo never mixes its made-up audience into a store of real users: unless told otherwise on its own command line, it has a
      // home of its own, whatever DATABASE_URL says.
      const isOwn = given.home === '.sona' && given.database === undefined
      const options = isOwn ? { ...given, home: demoHome(given.data), database: '' } : given
      return withStore(options, (store, terminal) => demo(store, terminal, options))
    })
}

function demoHome(data: string | undefined): string {
  return data === undefined ? '.sona/demo' : `.sona/demo-${data.replace(/[^\w]+/g, '-').slice(-40)}`
}

async function demo(store: Store, terminal: Terminal, options: DemoOptions): Promise<void> {
  await fill(store, terminal, options)
  await train(store, terminal)
  const log = createLog({ level: 'warn' })
  const sona = await createSona({ store, onProblem: (what, error) => log.error({ err: error }, what) })
  const server = await createServer(sona, { log, port: options.port })
  try {
    const address = await server.listen()
    const userId = options.user ?? (await someUser(store))
    const before = await ask(address, userId)
    show(terminal, `What ${userId} should see now (POST ${address}/v1/recommendations):`, before)
    const [top] = before.items
    if (top === undefined) throw new SonaError('EMPTY_CATALOGUE', 'The demo found nothing to recommend.')
    await post(address, '/v1/events', { userId, itemId: top.itemId, kind: 'complete', completion: 1 })
    const after = await ask(address, userId)
    show(terminal, `\n${userId} watches “${top.title}” to the end (POST ${address}/v1/events). The very next answer:`, after)
    terminal.line(`\n${changes(before, after)}`)
    terminal.result({ address, userId, before, watched: top.itemId, after })
    if (options.once === true) return
    terminal.line(`\nServing at ${address} — its manual is ${address}/docs. Stop with Ctrl-C.`)
    await untilInterrupted()
  } finally {
    await server.close()
    await sona.close()
  }
}

/** Puts a catalogue and an audience into an empty store. */
async function fill(store: Store, terminal: Terminal, { data }: DemoOptions): Promise<void> {
  const { events } = await store.counts()
  if (events > 0) return terminal.note(`The demo’s store is filled already (${events} events); it is used as it is.`)
  const now = Date.now()
  if (data !== undefined) {
    const progress = terminal.progress('Importing')
    const { accepted } = await importFeed(store, await openSource(data, { now }), {
      onProgress: ({ rows }) => progress.at(0, 0, `${rows} rows`),
    })
    return progress.end(`${accepted} rows`)
  }
  const films = await readVegaFilms()
  await store.items.put(films)
  const progress = terminal.progress('Simulating an audience')
  const { users, meanEvents, seed } = AUDIENCE
  const simulated = simulateAudience(films, { users, meanEvents, until: now }, createRandom(seed))
  let done = 0
  for (const { user, events: theirs } of simulated) {
    await store.users.put([user])
    await store.events.append(theirs)
    progress.at(++done, users, `${done} users`)
  }
  progress.end(`${users} users — made up, not people — over the ${films.length} films of vega-datasets`)
}

async function train(store: Store, terminal: Terminal): Promise<void> {
  const progress = terminal.progress('Training')
  const { models, events } = await trainAndPublish(store, {
    onProgress: (each, stage) =>
      progress.at(
        each.reduce((sum, { done }) => sum + done, 0),
        each.length,
        stage,
      ),
  })
  progress.end(`${models.map(({ model }) => model).join(', ')} on ${events} visits`)
}

/** The first user who has watched enough to have a taste. */
async function someUser(store: Store): Promise<UserId> {
  for await (const users of store.users.all(100)) {
    for (const { userId } of users) {
      if ((await store.events.ofUser(userId, { limit: 20 })).length >= 20) return userId
    }
    if (users[0] !== undefined) return users[0].userId
  }
  throw new SonaError('EMPTY_CATALOGUE', 'The demo’s store has no users. Delete its directory and run the demo again.')
}

function ask(address: string, userId: string): Promise<RecommendationAnswer> {
  return post(address, '/v1/recommendations', { userId, count: COUNT }) as Promise<RecommendationAnswer>
}

async function post(address: string, path: string, body: object): Promise<unknown> {
  const response = await fetch(`${address}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const answer: unknown = await response.json()
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${JSON.stringify(answer)}`)
  return answer
}

function show(terminal: Terminal, title: string, answer: RecommendationAnswer): void {
  terminal.line(title)
  for (const line of answerLines(answer, true)) terminal.line(line)
}

function changes(before: RecommendationAnswer, after: RecommendationAnswer): string {
  const place = new Map(before.items.map(({ itemId }, at) => [itemId, at]))
  const fresh = after.items.filter(({ itemId }) => !place.has(itemId)).map(({ title }) => title)
  const moved = after.items.filter(({ itemId, score }) => {
    const at = place.get(itemId)
    return at !== undefined && before.items[at].score !== score
  })
  const gone = before.items.filter(({ itemId }) => !after.items.some((item) => item.itemId === itemId)).map(({ title }) => title)
  return `Changed: ${gone.join(', ')} left; ${fresh.join(', ')} came in; ${moved.length} others have new scores.`
}
