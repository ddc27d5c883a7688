import type { ItemId } from '../domain/ids.js'
import { type ContentGraph, type EdgeKind, edgeKinds, edgeOrigins } from '../graph/content-graph.js'
import { float8Array, int4Array, int8Array, textArray } from './binary-arrays.js'
import type { Database, Queries, Statement } from './database.js'
import type { GraphNeighbour, GraphNode, GraphStore, GraphWalkOptions } from './store.js'

/** Items whose edges are replaced in one transaction. Few on the embedded database, where answers wait for it. */
const ITEMS_AT_A_TIME = { embedded: 5, server: 250 } as const
/** Of each item, kind and origin, as many edges are stored: enough to look at, and to walk. The trained model has more. */
const STORED_EDGES = 10

export function graphStore(database: Database): GraphStore {
  return {
    async replaceDerived(graph) {
      const derived = strongestDerived(graph)
      const { itemNos } = graph
      const atATime = ITEMS_AT_A_TIME[database.kind]
      for (let from = 0; from < itemNos.length; from += atATime) {
        const some = itemNos.subarray(from, from + atATime)
        const edges = derived.slice(from, from + atATime).flat()
        await database.transaction((transaction) => replaceEdges(transaction, graph, some, edges))
      }
      await database.query(deleteLonelyHubs())
    },

    async walk(itemId, options) {
      const [start] = await database.query<{ node_no: number; title: string }>(selectStart(itemId))
      if (start === undefined) return undefined
      const rows = await database.query<WalkRow>(selectWalk(start.node_no, options))
      const nodes = await nodesOf(database, rows)
      return {
        itemId,
        title: start.title,
        reached: rows.flatMap((row) => neighbourOf(row, nodes) ?? []),
      }
    },
  }
}

/** Positions of edges that do not come from metadata, by item; of each kind and origin the strongest. */
function strongestDerived({ itemNos, edges }: ContentGraph): number[][] {
  const byItem: number[][] = Array.from(itemNos, () => [])
  for (let edge = 0; edge < edges.kind.length; edge++) {
    if (edgeOrigins[edges.origin[edge]] !== 'metadata') byItem[edges.from[edge]].push(edge)
  }
  return byItem.map((own) => {
    const taken = new Map<number, number>()
    return own
      .sort((a, b) => edges.weight[b] - edges.weight[a] || a - b)
      .filter((edge) => {
        const sort = edges.kind[edge] * edgeOrigins.length + edges.origin[edge]
        taken.set(sort, (taken.get(sort) ?? 0) + 1)
        return (taken.get(sort) ?? 0) <= STORED_EDGES
      })
  })
}

async function replaceEdges(
  transaction: Queries,
  { itemNos, hubs, edges }: ContentGraph,
  items: Int32Array,
  chosen: readonly number[],
): Promise<void> {
  // The same row that writers of items take turns at, so that an item deleted meanwhile does not come back as an edge.
  await transaction.query({ text: "select value from sona.counters where name = 'item_no' for update" })
  await transaction.query({
    text: "delete from sona.graph_edges where from_node = any ($1::bigint[]) and origin <> 'metadata'",
    values: [int8Array(items)],
  })
  if (chosen.length === 0) return
  const hubOf = (edge: number) => hubs[edges.to[edge] - itemNos.length]
  await transaction.query(insertHubs(chosen.flatMap((edge) => hubOf(edge) ?? [])))
  await transaction.query({
    text: `
      insert into sona.graph_edges (from_node, to_node, kind, origin, weight)
      select e.from_node, coalesce(i.item_no, n.node_no), e.kind, e.origin, e.weight
      from unnest($1::bigint[], $2::integer[], $3::text[], $4::text[], $5::text[], $6::text[], $7::text[], $8::float8[])
        as e(from_node, to_item, hub_kind, hub_role, hub_name, kind, origin, weight)
      join sona.items f on f.item_no = e.from_node and f.deleted_at is null
      left join sona.items i on i.item_no = e.to_item and i.deleted_at is null
      left join sona.graph_nodes n on n.node_no < 0 and n.kind = e.hub_kind and n.role = e.hub_role and n.name = e.hub_name collate "C"
      where i.item_no is not null or n.node_no is not null
      on conflict do nothing`,
    values: [
      int8Array(chosen.map((edge) => itemNos[edges.from[edge]])),
      int4Array(chosen.map((edge) => itemNos[edges.to[edge]] ?? NO_ITEM)),
      textArray(chosen.map((edge) => hubOf(edge)?.kind)),
      textArray(chosen.map((edge) => hubOf(edge) && (hubOf(edge)?.role ?? ''))),
      textArray(chosen.map((edge) => hubOf(edge)?.name)),
      textArray(chosen.map((edge) => edgeKinds[edges.kind[edge]])),
      textArray(chosen.map((edge) => edgeOrigins[edges.origin[edge]])),
      float8Array(chosen.map((edge) => edges.weight[edge])),
    ],
  })
}

const NO_ITEM = -1

function insertHubs(hubs: readonly { readonly kind: string; readonly role?: string; readonly name: string }[]): Statement {
  return {
    text: `
      insert into sona.graph_nodes (kind, role, name)
      select distinct h.kind, h.role, h.name
      from unnest($1::text[], $2::text[], $3::text[]) as h(kind, role, name)
      order by h.kind, h.role, h.name
      on conflict do nothing`,
    values: [
      textArray(hubs.map(({ kind }) => kind)),
      textArray(hubs.map(({ role }) => role ?? '')),
      textArray(hubs.map(({ name }) => name)),
    ],
  }
}

/** Index graph_edges_to. */
function deleteLonelyHubs(): Statement {
  return {
    text: `
      delete from sona.graph_nodes n
      where n.node_no < 0 and not exists (select from sona.graph_edges e where e.to_node = n.node_no)`,
  }
}

/** Index items_id. */
function selectStart(itemId: ItemId): Statement {
  return {
    text: 'select item_no as node_no, title from sona.items where item_id = $1 and deleted_at is null',
    values: [itemId],
  }
}

interface WalkRow {
  readonly path: readonly number[]
  readonly kinds: readonly EdgeKind[]
  readonly weights: readonly number[]
  readonly strength: number
}

/** How many edges are followed from a node in each direction, by depth: no walk visits more than some 200,000 paths. */
const fanOut = [0, 100, 50, 18, 9] as const

/** What one edge of a kind says beside the others, so that a shared genre does not outweigh a sequel. */
const kindStrength = `
  case kind
    when 'SEQUEL_OF' then 1 when 'SAME_FRANCHISE' then 0.9 when 'SAME_DIRECTOR' then 0.6 when 'SAME_CAST' then 0.4
    when 'SAME_THEME' then 0.2 when 'SAME_GENRE' then 0.1 when 'SAME_COUNTRY' then 0.02 else 1
  end`

/**
 * Walks edges both ways, CO_WATCHED forwards only. No path meets a node twice, so a circle ends. Of all paths to a node the shortest
 * stays, and of these the strongest. Indexes graph_edges_pkey and graph_edges_to.
 */
function selectWalk(node: number, { depth, kinds, limit }: GraphWalkOptions): Statement {
  const follow = fanOut[depth] ?? fanOut[fanOut.length - 1]
  return {
    text: `
      with recursive walk (node, path, kinds, weights, strength) as (
        select $1::bigint, array[$1::bigint], '{}'::text[], '{}'::float8[], 1::float8
        union all
        select e.node, w.path || e.node, w.kinds || e.kind, w.weights || e.weight, w.strength * e.strength
        from walk w
        cross join lateral (
          (
            select to_node as node, kind, weight::float8 as weight, weight * ${kindStrength} as strength
            from sona.graph_edges
            where from_node = w.node and kind = any ($3::text[])
            order by 4 desc, 1
            limit ${follow}
          )
          union all
          (
            select from_node, kind, weight::float8, weight * ${kindStrength}
            from sona.graph_edges
            where to_node = w.node and kind = any ($3::text[]) and kind <> 'CO_WATCHED'
            order by 4 desc, 1
            limit ${follow}
          )
        ) e
        where cardinality(w.kinds) < $2 and e.node <> all (w.path)
      ),
      best as (
        select distinct on (node) path, kinds, weights, strength
        from walk
        where cardinality(kinds) > 0
        order by node, cardinality(kinds), strength desc, path
      )
      select to_json(b.path) as path, to_json(b.kinds) as kinds, to_json(b.weights) as weights, b.strength
      from best b
      order by cardinality(b.kinds), b.strength desc, b.path
      limit $4`,
    values: [node, depth, textArray(kinds.length === 0 ? edgeKinds : kinds), limit],
  }
}

interface NodeRow {
  readonly node_no: number
  readonly kind: GraphNode['kind']
  readonly role: string
  readonly name: string
  readonly title: string | null
}

async function nodesOf(queries: Queries, rows: readonly WalkRow[]): Promise<ReadonlyMap<number, GraphNode>> {
  const found = await queries.query<NodeRow>({
    text: `
      select n.node_no, n.kind, n.role, n.name, i.title
      from sona.graph_nodes n
      left join sona.items i on i.item_no = n.node_no and n.kind = 'item'
      where n.node_no = any ($1::bigint[])`,
    values: [int8Array([...new Set(rows.flatMap(({ path }) => path))])],
  })
  return new Map(
    found.map(({ node_no, kind, role, name, title }) => [
      node_no,
      {
        kind,
        ...(role !== '' && { role: role as NonNullable<GraphNode['role']> }),
        name: title ?? name,
        ...(kind === 'item' && { itemId: name as ItemId }),
      },
    ]),
  )
}

function neighbourOf(row: WalkRow, nodes: ReadonlyMap<number, GraphNode>): GraphNeighbour | undefined {
  const steps = row.path.slice(1).map((node, at) => ({ node: nodes.get(node), kind: row.kinds[at], weight: row.weights[at] }))
  const known = steps.flatMap(({ node, kind, weight }) => (node && kind && weight !== undefined ? { node, kind, weight } : []))
  const last = known.at(-1)
  return known.length < steps.length || last === undefined
    ? undefined // an item on the way went while it was walked
    : { node: last.node, depth: known.length, strength: row.strength, path: known }
}
