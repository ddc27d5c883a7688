/**
 * Sona inside your own process, without HTTP: a store in a directory, a catalogue, some events, models, an explained answer, and an
 * event that changes it.
 *
 *   npm run build && node examples/embedded.js
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSona, openStore, trainAndPublish } from 'sona'

const films = {
  alien: ['Alien', ['horror', 'science fiction']],
  aliens: ['Aliens', ['action', 'science fiction']],
  'blade-runner': ['Blade Runner', ['science fiction', 'thriller']],
  arrival: ['Arrival', ['drama', 'science fiction']],
  heat: ['Heat', ['crime', 'thriller']],
  ronin: ['Ronin', ['action', 'thriller']],
}

const watched = {
  ann: ['alien', 'blade-runner'],
  bob: ['alien', 'blade-runner', 'arrival', 'aliens'],
  cem: ['blade-runner', 'arrival'],
  dee: ['heat', 'ronin'],
  eli: ['ronin', 'heat', 'aliens'],
}

const nothing = { cast: [], directors: [], themes: [], moods: [], languages: [], countries: [], offers: [] }
const items = Object.entries(films).map(([itemId, [title, genres]]) => ({
  itemId,
  kind: 'movie',
  title,
  genres,
  ...nothing,
  attributes: {},
  hidden: false,
}))

const finished = (userId, itemId, day) => ({
  eventId: `${userId}-${itemId}`, // sending it again would change nothing
  userId,
  itemId,
  kind: 'complete',
  completion: 1,
  rewatch: false,
  occurredAt: Date.UTC(2025, 10, day),
})
const events = Object.entries(watched).flatMap(([userId, itemIds]) =>
  itemIds.map((itemId, at) => finished(userId, itemId, 1 + at)),
)

const home = await mkdtemp(join(tmpdir(), 'sona-example-'))
const store = await openStore({ home })
try {
  await store.items.put(items)
  await store.events.append(events)
  await trainAndPublish(store)

  const sona = await createSona({ store })
  try {
    const question = { userId: 'ann', count: 2, context: {}, kinds: [], exclude: [], explain: true, include: false }
    const before = await sona.recommend(question)
    show('Ann should see', before)
    await sona.events.append([finished('ann', before.items[0].itemId, 10)])
    show(`Ann has finished ${before.items[0].title}, and should see`, await sona.recommend(question))
  } finally {
    await sona.close()
  }
} finally {
  await store.close()
  await rm(home, { recursive: true })
}

function show(title, { items }) {
  console.log(`${title}:`)
  for (const { title: film, reasons } of items) console.log(`  ${film} — ${reasons[0].text}`)
}
