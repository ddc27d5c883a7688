import type { Database } from '../../src/storage/database.js'
import type { EventColumns, EventStore, ItemStore, Store, UserState, UserStore } from '../../src/storage/store.js'

/** A mistake that an implementation of Store could make, and the case that must notice it. */
export interface Fault {
  readonly name: string
  /** How the case's sentence begins. */
  readonly noticedBy: string
  plant(store: Store, database: Database): Store
}

const withItems = (store: Store, items: Partial<ItemStore>): Store => ({ ...store, items: { ...store.items, ...items } })
const withUsers = (store: Store, users: Partial<UserStore>): Store => ({ ...store, users: { ...store.users, ...users } })
const withEvents = (store: Store, events: Partial<EventStore>): Store => ({ ...store, events: { ...store.events, ...events } })

/** Changes what `userState` answers. */
const withState = (store: Store, change: (state: UserState) => UserState): Store =>
  withEvents(store, {
    async userState(userId, limit) {
      const state = await store.events.userState(userId, limit)
      return state && change(state)
    },
  })

export const faults: readonly Fault[] = [
  {
    name: 'burns a number on every write',
    noticedBy: 'leaves no hole in the numbers',
    plant: (store, database) =>
      withItems(store, {
        async put(items) {
          await database.query({ text: "update sona.counters set value = value + 1 where name = 'item_no'" })
          return store.items.put(items)
        },
      }),
  },
  {
    name: 'gives the number of a deleted item again',
    noticedBy: 'never gives a deleted item’s number again',
    plant: (store, database) =>
      withItems(store, {
        async delete(itemId) {
          const [gone] = await database.query<{ item_no: number }>({
            text: 'delete from sona.items where item_id = $1 and deleted_at is null returning item_no',
            values: [itemId],
          })
          if (gone === undefined) return false
          await database.query({ text: "update sona.counters set value = value - 1 where name = 'item_no'" })
          return true
        },
      }),
  },
  {
    name: 'forgets until when an offer lasts',
    noticedBy: 'keeps offers in order',
    plant: (store) =>
      withItems(store, {
        async get(itemId) {
          const stored = await store.items.get(itemId)
          const offers = stored?.item.offers.map(({ until: _, ...offer }) => offer) ?? []
          return stored && { ...stored, item: { ...stored.item, offers } }
        },
      }),
  },
  {
    name: 'composes the characters of ids',
    noticedBy: 'keeps odd ids apart',
    plant: (store) =>
      withItems(store, {
        put: (items) =>
          store.items.put(items.map((item) => ({ ...item, itemId: item.itemId.normalize('NFC') as typeof item.itemId }))),
      }),
  },
  {
    name: 'calls every write an update',
    noticedBy: 'says whether a write created',
    plant: (store) =>
      withItems(store, {
        put: async (items) => (await store.items.put(items)).map((stored) => ({ ...stored, change: 'updated' as const })),
      }),
  },
  {
    name: 'shows every event twice',
    noticedBy: 'accepts an event once',
    plant: (store) => withState(store, (state) => ({ ...state, events: state.events.flatMap((event) => [event, event]) })),
  },
  {
    name: 'accepts duplicates',
    noticedBy: 'accepts an event once',
    plant: (store) =>
      withEvents(store, {
        async append(events) {
          const { receipts, versions } = await store.events.append(events)
          return { versions, receipts: receipts.map(() => ({ result: 'accepted' as const })) }
        },
      }),
  },
  {
    name: 'leaves the version where it was',
    noticedBy: 'moves a user’s version by one',
    plant: (store) => withState(store, (state) => ({ ...state, version: 1 })),
  },
  {
    name: 'answers two writers with the same version',
    noticedBy: 'serialises appends for the same users',
    plant: (store) =>
      withEvents(store, {
        async append(events) {
          const { receipts, versions } = await store.events.append(events)
          return { receipts, versions: new Map([...versions].map(([userId, version]) => [userId, Math.ceil(version / 2)])) }
        },
      }),
  },
  {
    name: 'loses the order of events',
    noticedBy: 'shows a user’s newest events first',
    plant: (store) => withState(store, (state) => ({ ...state, events: [...state.events].reverse() })),
  },
  {
    name: 'breaks ties of time by name',
    noticedBy: 'numbers each user’s events in the order they came',
    plant: (store) =>
      withState(store, (state) => ({
        ...state,
        events: [...state.events].sort((a, b) => (a.event.eventId < b.event.eventId ? -1 : 1)),
      })),
  },
  {
    name: 'has seen only what the newest events show',
    noticedBy: 'knows everything a user has seen',
    plant: (store) =>
      withState(store, (state) => ({
        ...state,
        seen: Int32Array.from(new Set(state.events.map(({ itemNo }) => itemNo))).sort(),
      })),
  },
  {
    name: 'takes a click for having seen',
    noticedBy: 'remembers as seen exactly',
    plant: (store, database) =>
      withEvents(store, {
        async append(events) {
          const append = await store.events.append(events)
          await database.query({ text: 'update sona.events set seen = true where kind = 1' })
          return append
        },
      }),
  },
  {
    name: 'keeps numbers in single precision',
    noticedBy: 'keeps ratings and shares to the last digit',
    plant: (store) =>
      withEvents(store, {
        append: (events) =>
          store.events.append(
            events.map(({ rating, ...event }) => ({
              ...event,
              ...(rating && { rating: { ...rating, value: Math.fround(rating.value) } }),
            })),
          ),
      }),
  },
  {
    name: 'writes the events of an append one by one',
    noticedBy: 'writes all of an append or nothing',
    plant: (store) =>
      withEvents(store, {
        async append(events) {
          const receipts = []
          const versions = new Map()
          for (const event of events) {
            const append = await store.events.append([event])
            receipts.push(...append.receipts)
            for (const [userId, version] of append.versions) versions.set(userId, version)
          }
          return { receipts, versions }
        },
      }),
  },
  {
    name: 'makes a user out of an event that it refuses',
    noticedBy: 'refuses events of unknown items one by one',
    plant: (store, database) =>
      withEvents(store, {
        async append(events) {
          for (const { userId } of events) {
            await database.query({
              text: 'insert into sona.users (user_id) values ($1) on conflict do nothing',
              values: [userId],
            })
          }
          return store.events.append(events)
        },
      }),
  },
  {
    name: 'skips the event at the border of two pages',
    noticedBy: 'pages through one user’s events',
    plant: (store) =>
      withEvents(store, {
        async ofUser(userId, options) {
          const page = await store.events.ofUser(userId, options)
          return options.before === undefined ? page : page.slice(1)
        },
      }),
  },
  {
    name: 'teaches from users who said no',
    noticedBy: 'leaves users who did not agree to teach out',
    plant: (store, database) =>
      withEvents(store, {
        async *trainingColumns(options) {
          await database.query({ text: 'update sona.users set consent_training = true' })
          yield* store.events.trainingColumns(options)
        },
      }),
  },
  {
    name: 'reads only the first page of training events',
    noticedBy: 'reads training events by user',
    plant: (store) =>
      withEvents(store, {
        async *trainingColumns(options) {
          for await (const columns of store.events.trainingColumns({ ...options, batch: 1 })) {
            yield columns
            return
          }
        },
      }),
  },
  {
    name: 'trains on the future',
    noticedBy: 'reads training events as of a moment',
    plant: (store) => withEvents(store, { trainingColumns: () => store.events.trainingColumns({}) }),
  },
  {
    name: 'mixes up the columns of training events',
    noticedBy: 'reads training events by user',
    plant: (store) =>
      withEvents(store, {
        async *trainingColumns(options) {
          for await (const columns of store.events.trainingColumns(options)) {
            yield { ...columns, completion: columns.rating, rating: columns.completion } satisfies EventColumns
          }
        },
      }),
  },
  {
    name: 'erases the name and keeps the events',
    noticedBy: 'erases a user:',
    plant: (store, database) =>
      withUsers(store, {
        async delete(userId) {
          const state = await store.events.userState(userId, 1_000)
          await database.query({ text: 'delete from sona.users where user_id = $1', values: [userId] })
          return state && { events: state.events.length }
        },
      }),
  },
  {
    name: 'moves the version of a user who did not change',
    noticedBy: 'says whether a user was created',
    plant: (store, database) =>
      withUsers(store, {
        async put(users) {
          const changes = await store.users.put(users)
          await database.query({ text: 'update sona.users set version = version + 1' })
          return changes
        },
      }),
  },
  {
    name: 'counts what was deleted',
    noticedBy: 'counts items, users and events',
    plant: (store, database) => ({
      ...store,
      async counts() {
        const [items] = await database.query<{ count: number }>({ text: 'select count(*) from sona.items' })
        return { ...(await store.counts()), items: items!.count }
      },
    }),
  },
  {
    name: 'tells nobody that a user changed',
    noticedBy: 'tells listeners which users changed',
    plant: (store) => ({ ...store, onUserChanged: () => () => {} }),
  },
  {
    name: 'hands out damaged artifacts',
    noticedBy: 'notices a chunk that changed',
    plant: (store) => ({
      ...store,
      artifacts: {
        ...store.artifacts,
        read: (name, version) => store.artifacts.read(name, version).catch(() => new Uint8Array(1)),
      },
    }),
  },
  {
    name: 'keeps every version for ever',
    noticedBy: 'numbers versions upwards',
    plant: (store) => ({
      ...store,
      artifacts: { ...store.artifacts, publish: (artifacts) => store.artifacts.publish(artifacts, { keep: 1_000 }) },
    }),
  },
  {
    name: 'records a second answer under the same id',
    noticedBy: 'records what was served',
    plant: (store, database) => ({
      ...store,
      recommendations: {
        ...store.recommendations,
        async record(served) {
          for (const { recommendationId } of served) {
            const text = 'delete from sona.recommendations where recommendation_id = $1'
            await database.query({ text, values: [recommendationId] })
          }
          await store.recommendations.record(served)
        },
      },
    }),
  },
]
