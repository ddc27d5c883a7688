import { createHash } from 'node:crypto'
import { SonaError } from '../domain/errors.js'
import type { ItemId, ItemNo } from '../domain/ids.js'
import type { Item, Offer } from '../domain/item.js'
import { boolArray, int2Array, int4Array, textArray, timestampArray } from './binary-arrays.js'
import type { Database, Queries, Statement } from './database.js'
import { holdsNul } from './nul.js'
import type { ItemStore, StoredItem } from './store.js'

type PutResult = StoredItem & { readonly change: 'created' | 'updated' | 'unchanged' }

/** Small on the embedded database, where answers wait for a page. */
const DEFAULT_BATCH = { embedded: 100, server: 1_000 } as const

export function itemStore(database: Database): ItemStore {
  return {
    put: (items) => (items.length === 0 ? Promise.resolve([]) : database.transaction((transaction) => put(transaction, items))),

    async get(itemId) {
      const [row] = await database.query<ItemRow>(selectItem(itemId))
      return row && storedItem(row)
    },

    async numbersOf(itemIds) {
      const rows = await database.query<{ item_id: ItemId; item_no: ItemNo }>(selectNumbers(itemIds))
      return new Map(rows.map((row) => [row.item_id, row.item_no]))
    },

    delete: (itemId) =>
      database.transaction(async (transaction) => {
        await transaction.query(lockItems())
        const rows = await transaction.query<{ item_no: ItemNo }>(deleteItem(itemId))
        if (rows.length > 0)
          await follow(
            transaction,
            rows.map(({ item_no }) => item_no),
          )
        return rows.length > 0
      }),

    async numbered(itemNos) {
      return (await database.query<ItemRow>(selectItemsNumbered(itemNos))).map(storedItem)
    },

    async *all(batch = DEFAULT_BATCH[database.kind]) {
      for (let after = -1; ; ) {
        const rows = await database.query<ItemRow>(selectItemsAfter(after, batch))
        if (rows.length > 0) yield rows.map(storedItem)
        if (rows.length < batch) return
        after = rows.at(-1)!.item_no
      }
    },
  }
}

/** Two writers take turns at the counter's row, so that a number is given once and none is skipped. */
async function put(transaction: Queries, items: readonly Item[]): Promise<readonly PutResult[]> {
  const last = new Map(items.map((item) => [item.itemId, writtenItem(item)]))
  const writes = [...last.values()]
  const [counter] = await transaction.query<{ value: number }>(lockItems())
  const known = new Map((await transaction.query<KnownRow>(selectKnown([...last.keys()]))).map((row) => [row.item_id, row]))

  let next = counter!.value
  const done = new Map<ItemId, PutResult>()
  const created: NumberedWrite[] = []
  const updated: NumberedWrite[] = []
  for (const write of writes) {
    const { item } = write
    const before = known.get(item.itemId)
    const itemNo = before?.item_no ?? (++next as ItemNo)
    const change = before === undefined ? 'created' : before.digest.equals(write.digest) ? 'unchanged' : 'updated'
    done.set(item.itemId, { itemNo, item, change })
    if (change === 'created') created.push({ ...write, itemNo })
    if (change === 'updated') updated.push({ ...write, itemNo })
  }
  if (created.length > 0) {
    await transaction.query({ text: "update sona.counters set value = $1 where name = 'item_no'", values: [next] })
    await transaction.query(insertItems(created))
  }
  if (updated.length > 0) await transaction.query(updateItems(updated))
  const offers = [...created, ...updated].flatMap(({ itemNo, item }) =>
    item.offers.map((offer, ordinal) => ({ itemNo, ordinal, offer })),
  )
  if (offers.length > 0) await transaction.query(insertOffers(offers))
  const changed = [...created, ...updated].map(({ itemNo }) => itemNo)
  if (changed.length > 0) await follow(transaction, changed)
  return items.map(({ itemId }) => done.get(itemId)!)
}

interface Write {
  readonly item: Item
  readonly document: string
  readonly digest: Buffer
}

interface NumberedWrite extends Write {
  readonly itemNo: ItemNo
}

interface KnownRow {
  readonly item_id: ItemId
  readonly item_no: ItemNo
  readonly digest: Buffer
}

interface OfferRow {
  readonly platform: string
  readonly type: Offer['type']
  readonly regions: readonly string[]
  readonly from: number | null
  readonly until: number | null
}

interface ItemRow {
  readonly item_no: ItemNo
  readonly document: Omit<Item, 'offers'>
  readonly offers: readonly OfferRow[] | null
}

/** The same item gives the same digest, whatever the order its fields and attributes came in. */
function writtenItem(item: Item): Write {
  const { offers, ...rest } = item
  const fields = Object.entries({ ...rest, attributes: Object.fromEntries(Object.entries(rest.attributes).sort(byKey)) })
  const document = JSON.stringify(Object.fromEntries(fields.filter(([, value]) => value !== undefined).sort(byKey)))
  const offerList = offers.map(({ platform, type, regions, from, until }) => [platform, type, regions, from, until])
  if (holdsNul(rest, document) || holdsNul(offers)) {
    throw new SonaError('INVALID_ITEM', `Item '${item.itemId}' holds the character U+0000, which cannot be stored.`)
  }
  const digest = createHash('sha256').update(document).update(JSON.stringify(offerList)).digest()
  return { item, document, digest }
}

function byKey([left]: readonly [string, unknown], [right]: readonly [string, unknown]): number {
  return left < right ? -1 : 1
}

function storedItem({ item_no, document, offers }: ItemRow): StoredItem {
  return { itemNo: item_no, item: { ...document, offers: (offers ?? []).map(readOffer) } }
}

function readOffer({ platform, type, regions, from, until }: OfferRow): Offer {
  return { platform, type, regions, ...(from === null ? {} : { from }), ...(until === null ? {} : { until }) }
}

const itemColumns = `
  i.item_no,
  i.document,
  (
    select json_agg(json_build_object(
      'platform', o.platform, 'type', o.type, 'regions', o.regions,
      'from', (extract(epoch from o.available_from) * 1000)::float8,
      'until', (extract(epoch from o.available_until) * 1000)::float8
    ) order by o.ordinal)
    from sona.offers o
    where o.item_no = i.item_no
  ) as offers`

/** Index items_id. */
function selectItem(itemId: ItemId): Statement {
  return {
    name: 'sona-item',
    text: `select ${itemColumns} from sona.items i where i.item_id = $1 and i.deleted_at is null`,
    values: [itemId],
  }
}

/** Index items_pkey. */
function selectItemsAfter(itemNo: number, limit: number): Statement {
  return {
    text: `
      select ${itemColumns}
      from sona.items i
      where i.item_no > $1 and i.deleted_at is null
      order by i.item_no
      limit $2`,
    values: [itemNo, limit],
  }
}

/** Index items_pkey. */
function selectItemsNumbered(itemNos: readonly number[]): Statement {
  return {
    text: `
      select ${itemColumns}
      from sona.items i
      where i.item_no = any ($1::integer[]) and i.deleted_at is null
      order by i.item_no`,
    values: [int4Array(itemNos)],
  }
}

/** Index items_id. */
function selectNumbers(itemIds: readonly ItemId[]): Statement {
  return {
    text: 'select item_id, item_no from sona.items where item_id = any ($1::text[]) and deleted_at is null',
    values: [textArray(itemIds)],
  }
}

function selectKnown(itemIds: readonly ItemId[]): Statement {
  return {
    text: 'select item_id, item_no, digest from sona.items where item_id = any ($1::text[]) and deleted_at is null',
    values: [textArray(itemIds)],
  }
}

const writeColumns = `
  unnest($1::integer[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::timestamptz[], $7::text[], $8::text[])
    as w(item_no, item_id, kind, title, hidden, released_at, document, digest)`

function writeValues(writes: readonly NumberedWrite[]): Buffer[] {
  return [
    int4Array(writes.map(({ itemNo }) => itemNo)),
    textArray(writes.map(({ item }) => item.itemId)),
    textArray(writes.map(({ item }) => item.kind)),
    textArray(writes.map(({ item }) => item.title)),
    boolArray(writes.map(({ item }) => item.hidden)),
    timestampArray(writes.map(({ item }) => item.releasedAt ?? Number.NaN)),
    textArray(writes.map(({ document }) => document)),
    textArray(writes.map(({ digest }) => digest.toString('hex'))),
  ]
}

function insertItems(writes: readonly NumberedWrite[]): Statement {
  return {
    text: `
      insert into sona.items (item_no, item_id, kind, title, hidden, released_at, document, digest)
      select w.item_no, w.item_id, w.kind, w.title, w.hidden, w.released_at, w.document::jsonb, decode(w.digest, 'hex')
      from ${writeColumns}`,
    values: writeValues(writes),
  }
}

/** The offers go too; those of the new document are inserted after. */
function updateItems(writes: readonly NumberedWrite[]): Statement {
  return {
    text: `
      with dropped as (
        delete from sona.offers where item_no = any ($1::integer[])
      )
      update sona.items i
      set kind = w.kind, title = w.title, hidden = w.hidden, released_at = w.released_at,
        document = w.document::jsonb, digest = decode(w.digest, 'hex'), updated_at = now()
      from ${writeColumns}
      where i.item_no = w.item_no`,
    values: writeValues(writes),
  }
}

function insertOffers(
  offers: readonly { readonly itemNo: ItemNo; readonly ordinal: number; readonly offer: Offer }[],
): Statement {
  return {
    text: `
      insert into sona.offers (item_no, ordinal, platform, type, regions, available_from, available_until)
      select item_no, ordinal, platform, type, array(select json_array_elements_text(regions::json)), available_from, available_until
      from unnest($1::integer[], $2::smallint[], $3::text[], $4::text[], $5::text[], $6::timestamptz[], $7::timestamptz[])
        as o(item_no, ordinal, platform, type, regions, available_from, available_until)`,
    values: [
      int4Array(offers.map(({ itemNo }) => itemNo)),
      int2Array(offers.map(({ ordinal }) => ordinal)),
      textArray(offers.map(({ offer }) => offer.platform)),
      textArray(offers.map(({ offer }) => offer.type)),
      textArray(offers.map(({ offer }) => JSON.stringify(offer.regions))),
      timestampArray(offers.map(({ offer }) => offer.from ?? Number.NaN)),
      timestampArray(offers.map(({ offer }) => offer.until ?? Number.NaN)),
    ],
  }
}

/** Who writes items, or edges between them, takes turns at this row. */
function lockItems(): Statement {
  return { text: "select value from sona.counters where name = 'item_no' for update" }
}

/** Brings the content graph and the words to search by up to what these items say now. */
async function follow(transaction: Queries, itemNos: readonly ItemNo[]): Promise<void> {
  await transaction.query(linkItems(itemNos))
  await transaction.query(indexWords(itemNos))
}

/** See migration 0002. */
function linkItems(itemNos: readonly ItemNo[]): Statement {
  return { text: 'select from sona.link_items($1::integer[])', values: [int4Array(itemNos)] }
}

/** See migration 0003. */
function indexWords(itemNos: readonly ItemNo[]): Statement {
  return { text: 'select from sona.index_words($1::integer[])', values: [int4Array(itemNos)] }
}

function deleteItem(itemId: ItemId): Statement {
  return {
    text: `
      with gone as (
        update sona.items
        set deleted_at = now(), document = '{}', title = '', digest = ''
        where item_id = $1 and deleted_at is null
        returning item_no
      ),
      offers as (
        delete from sona.offers where item_no in (select item_no from gone)
      ),
      vectors as (
        delete from sona.item_embeddings
        where version_no in (select version_no from sona.embedding_versions) and item_no in (select item_no from gone)
      )
      select item_no from gone`,
    values: [itemId],
  }
}
