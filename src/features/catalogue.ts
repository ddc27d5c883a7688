import { type LabelField, labelFields } from '../domain/filter.js'
import type { ItemNo } from '../domain/ids.js'
import { type Item, itemKinds, type Offer, offerTypes } from '../domain/item.js'
import { maturityRank } from '../domain/maturity.js'
import { positionInSorted } from '../math/sorted.js'
import { type LabelColumn, noLabels, patchLabels } from './labels.js'

/**
 * The items as columns: what sources, rules and filters read. Row r of every column is one item; rows ascend by durable number.
 * Plain data over shared buffers, so that every ranking thread reads the same bytes.
 */
export interface Catalogue {
  readonly count: number
  readonly itemNos: Int32Array
  readonly titles: readonly string[]
  readonly numbers: NumberColumns
  readonly labels: Readonly<Record<LabelField, LabelColumn>>
  /** Attributes as `name=value` words. */
  readonly attributes: LabelColumn
  /** Each offer as one word, see offers.ts. A row without offers may be seen everywhere, always. */
  readonly offers: LabelColumn
}

export interface NumberColumns {
  /** Position in itemKinds. */
  readonly kind: Uint8Array
  /** maturityRank, or −1 where nobody said. */
  readonly maturity: Int8Array
  /** 1 = never recommended. */
  readonly hidden: Uint8Array
  /** Milliseconds since 1970; NaN where unknown, as in all columns below. */
  readonly releasedAt: Float64Array
  readonly durationMinutes: Float32Array
  /** 0–10. */
  readonly averageRating: Float32Array
  readonly season: Float32Array
  readonly episode: Float32Array
}

export interface NumberedItem {
  readonly itemNo: ItemNo
  readonly item: Item
}

/** Builds the columns, or throws an assertion when two items share a number. */
export function createCatalogue(items: readonly NumberedItem[]): Catalogue {
  return patchCatalogue(emptyCatalogue, items)
}

/**
 * The catalogue with some items changed or added, as a new value; `catalogue` stays as it was. An item newer than all others
 * gets a new last row; one that arrives out of order moves the rows after it. Cost: one copy of the columns.
 */
export function patchCatalogue(catalogue: Catalogue, changes: readonly NumberedItem[]): Catalogue {
  const itemNos = mergedNumbers(catalogue, changes)
  const changed = new Map(changes.map(({ itemNo, item }) => [rowOf({ itemNos }, itemNo), item]))
  const oldRows = itemNos.map((itemNo) => rowOf(catalogue, itemNo))
  const labels = (column: LabelColumn, read: (item: Item) => readonly string[]): LabelColumn =>
    patchLabels(column, oldRows, new Map([...changed].map(([row, item]) => [row, read(item)])))

  return {
    count: itemNos.length,
    itemNos,
    titles: Array.from(oldRows, (old, row) => changed.get(row)?.title ?? catalogue.titles[old] ?? ''),
    numbers: patchNumbers(catalogue.numbers, oldRows, changed),
    labels: Object.fromEntries(
      labelFields.map((field) => [field, labels(catalogue.labels[field], (item) => wordsOf(item, field))]),
    ) as Record<LabelField, LabelColumn>,
    attributes: labels(catalogue.attributes, (item) =>
      Object.entries(item.attributes).map(([name, value]) => attributeWord(name, value)),
    ),
    offers: labels(catalogue.offers, (item) => item.offers.map(offerWord)),
  }
}

/** How an attribute and its value stand in the `attributes` column. */
export function attributeWord(name: string, value: string | number | boolean): string {
  return `${name}=${value}`
}

/** How an offer stands in the `offers` column. Catalogues have few different offers and many items, so each is judged once. */
export function offerWord(offer: Offer): string {
  return JSON.stringify([offer.platform, offerTypes.indexOf(offer.type), offer.regions, offer.from ?? null, offer.until ?? null])
}

/** The offer behind a word of the `offers` column. */
export function offerOf(word: string): Offer {
  const [platform, type, regions, from, until] = JSON.parse(word) as [string, number, string[], number | null, number | null]
  return { platform, type: offerTypes[type], regions, ...(from !== null && { from }), ...(until !== null && { until }) }
}

/** The row of a durable number, or −1. */
export function rowOf({ itemNos }: Pick<Catalogue, 'itemNos'>, itemNo: number): number {
  return positionInSorted(itemNos, itemNo)
}

type NumberColumn = NumberColumns[keyof NumberColumns]

interface ColumnSpec {
  readonly View: { readonly BYTES_PER_ELEMENT: number; new (buffer: SharedArrayBuffer): NumberColumn }
  readonly read: (item: Item) => number
}

/** How each numeric column reads an item, and the array it is kept in. */
const numberColumns: Readonly<Record<keyof NumberColumns, ColumnSpec>> = {
  kind: { View: Uint8Array, read: (item) => itemKinds.indexOf(item.kind) },
  maturity: { View: Int8Array, read: (item) => (item.maturity === undefined ? -1 : maturityRank(item.maturity)) },
  hidden: { View: Uint8Array, read: (item) => (item.hidden ? 1 : 0) },
  releasedAt: { View: Float64Array, read: (item) => item.releasedAt ?? Number.NaN },
  durationMinutes: { View: Float32Array, read: (item) => item.durationMinutes ?? Number.NaN },
  averageRating: { View: Float32Array, read: (item) => item.averageRating ?? Number.NaN },
  season: { View: Float32Array, read: (item) => item.season ?? Number.NaN },
  episode: { View: Float32Array, read: (item) => item.episode ?? Number.NaN },
}

export const emptyCatalogue: Catalogue = {
  count: 0,
  itemNos: new Int32Array(new SharedArrayBuffer(0)),
  titles: [],
  numbers: Object.fromEntries(
    Object.entries(numberColumns).map(([name, { View }]) => [name, new View(new SharedArrayBuffer(0))]),
  ) as unknown as NumberColumns,
  labels: Object.fromEntries(labelFields.map((field) => [field, noLabels])) as Record<LabelField, LabelColumn>,
  attributes: noLabels,
  offers: noLabels,
}

function mergedNumbers({ itemNos }: Catalogue, changes: readonly NumberedItem[]): Int32Array {
  const fresh = new Set<number>()
  for (const { itemNo } of changes) if (rowOf({ itemNos }, itemNo) < 0) fresh.add(itemNo)
  if (fresh.size === 0) return itemNos
  const merged = new Int32Array(new SharedArrayBuffer((itemNos.length + fresh.size) * 4))
  merged.set(itemNos)
  merged.set([...fresh], itemNos.length)
  return merged.sort()
}

/** `oldRows` names, for each new row, the row it had before; −1 where it had none. */
function patchNumbers(old: NumberColumns, oldRows: Int32Array, changed: ReadonlyMap<number, Item>): NumberColumns {
  const columns = Object.entries(numberColumns).map(([name, { View, read }]) => {
    const before = old[name as keyof NumberColumns]
    const values = new View(new SharedArrayBuffer(oldRows.length * View.BYTES_PER_ELEMENT))
    for (let row = 0; row < oldRows.length; row++) if (oldRows[row] >= 0) values[row] = before[oldRows[row]]
    for (const [row, item] of changed) values[row] = read(item)
    return [name, values]
  })
  return Object.fromEntries(columns) as NumberColumns
}

function wordsOf(item: Item, field: LabelField): readonly string[] {
  const value = item[field]
  if (value === undefined) return []
  return typeof value === 'string' ? [value] : value
}
