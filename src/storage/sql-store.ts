import { randomUUID } from 'node:crypto'
import { adapterStore } from './adapters.js'
import { artifactStore } from './artifacts.js'
import { bossQueue } from './boss-queue.js'
import { createChanges } from './changes.js'
import type { Database } from './database.js'
import { diagnose } from './diagnose.js'
import { embeddingStore } from './embeddings.js'
import { appendEvents } from './events-append.js'
import { allEvents, eventsOfUser, userState } from './events-read.js'
import { graphStore } from './graph.js'
import { createItemNews } from './item-news.js'
import { itemStore } from './items.js'
import { recommendationStore } from './recommendations.js'
import type { Store, StoreCounts } from './store.js'
import { trainingColumns } from './training-columns.js'
import { pastsOf } from './user-pasts.js'
import { userStore } from './users.js'
import { wordStore } from './words.js'

const DEFAULT_BATCH = 5_000

/** The Store in SQL, over either database. The database must have been migrated. */
export function sqlStore(database: Database): Store {
  const instance = randomUUID()
  const changes = createChanges(database, instance)
  const news = createItemNews(database, instance)
  const jobs = bossQueue(database)
  let closed: Promise<void> | undefined

  async function close(): Promise<void> {
    await jobs.close()
    await changes.close()
    await news.close()
    await database.close()
  }

  return {
    kind: database.kind,
    items: itemStore(database),
    users: userStore(database, changes),
    events: {
      async append(events) {
        const append = await appendEvents(database, events)
        const changed = new Map<(typeof events)[number]['userId'], number | undefined>()
        append.receipts.forEach(({ result }, at) => {
          const { userId } = events[at]!
          if (result === 'accepted') changed.set(userId, append.versions.get(userId))
        })
        changes.changed(changed)
        return append
      },
      userState: (userId, limit) => userState(database, userId, limit),
      ofUser: (userId, options) => eventsOfUser(database, userId, options),
      trainingColumns: (options) => trainingColumns(database, options),
      pastsOf: (users) => pastsOf(database, users),
      all: (batch = DEFAULT_BATCH) => allEvents(database, batch),
    },
    artifacts: artifactStore(database, changes),
    recommendations: recommendationStore(database),
    graph: graphStore(database),
    embeddings: embeddingStore(database),
    words: wordStore(database),
    jobs,
    adapters: adapterStore(database, changes),
    onUserChanged: (listener) => changes.onUserChanged(listener),
    onModelsChanged: (listener) => changes.onModelsChanged(listener),
    announceItems: (itemNos) => news.announce(itemNos),
    onItemsAnnounced: (listener) => news.listen(listener),
    ...(database.openDoor && { openDoor: database.openDoor }),
    counts: () => counts(database),
    diagnose: () => diagnose(database),
    close() {
      closed ??= close()
      return closed
    },
  }
}

async function counts(database: Database): Promise<StoreCounts> {
  const [row] = await database.query<{ items: number; users: number; events: number }>({
    text: `
      select
        (select count(*) from sona.items where deleted_at is null) as items,
        count(*) as users,
        coalesce(sum(event_count), 0)::bigint as events
      from sona.users`,
  })
  return row!
}
