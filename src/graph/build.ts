import { type Catalogue, rowOf } from '../features/catalogue.js'
import type { Dataset } from '../features/dataset.js'
import { addCoWatched, addSimilar, type CoConsumptionOptions, coConsumptionDefaults } from './co-consumption.js'
import {
  type ContentGraph,
  createEdgeList,
  type EdgeKind,
  type EdgeList,
  type EdgeOrigin,
  type HubNode,
} from './content-graph.js'
import { addContentSimilar, type ContentSimilarityOptions, contentSimilarityDefaults } from './content-similarity.js'
import { findFranchises } from './franchises.js'
import { hubFields, MOST_LINKS_OF_A_KIND } from './metadata.js'

export interface GraphOptions extends CoConsumptionOptions, ContentSimilarityOptions {}

export const graphDefaults: GraphOptions = { ...coConsumptionDefaults, ...contentSimilarityDefaults }

/** Says how far it is, 0–1; may throw to stop. */
export type Checkpoint = (done: number) => void

/**
 * The content graph of a catalogue and of what people did with it. Same data, same graph. An item's degree is bounded: by the
 * options where edges come from events or likeness, by the item's own lists where they come from metadata.
 */
export function buildContentGraph(
  data: Dataset,
  catalogue: Catalogue,
  options: GraphOptions = graphDefaults,
  checkpoint: Checkpoint = () => {},
): ContentGraph {
  const { itemNos, itemCount } = data
  const rows = itemNos.map((itemNo) => rowOf(catalogue, itemNo))
  const edges = createEdgeList()
  const hubs = addHubs(catalogue, rows, edges)
  const hubEdges = edges.build()
  addCoWatched(data, options, edges, (done) => checkpoint(0.05 + 0.35 * done))
  addSimilar(data, options, edges, (done) => checkpoint(0.4 + 0.4 * done))
  addContentSimilar({ itemCount, hubEdges, catalogue, rows }, options, edges, (done) => checkpoint(0.8 + 0.2 * done))
  return { itemNos, hubs, edges: edges.build() }
}

/** Adds what metadata and titles tie items to. Returns the hubs: hub h is node rows.length + h. */
function addHubs(catalogue: Catalogue, rows: Int32Array, edges: EdgeList): readonly HubNode[] {
  const hubs: HubNode[] = []
  const nodeOf = new Map<string, number>()
  const linked = new Set<string>()
  const link = (edge: EdgeKind, origin: EdgeOrigin, item: number, hub: HubNode): void => {
    const key = `${hub.kind}/${hub.role}/${hub.name}`
    const node = nodeOf.get(key) ?? rows.length + hubs.push(hub) - 1
    nodeOf.set(key, node)
    if (linked.has(`${item}/${node}`)) return
    linked.add(`${item}/${node}`)
    edges.add(edge, origin, item, node, 1)
  }
  for (const { field, edge, node } of hubFields) {
    const { start, codes, names } = catalogue.labels[field]
    rows.forEach((row, item) => {
      if (row < 0) return
      const end = Math.min(start[row + 1], start[row] + MOST_LINKS_OF_A_KIND)
      for (let at = start[row]; at < end; at++) link(edge, 'metadata', item, { ...node, name: names[codes[at]] })
    })
  }
  const itemOf = new Map(Array.from(rows, (row, item) => [row, item] as const))
  for (const franchise of findFranchises(catalogue)) {
    const items = franchise.rows.flatMap((row) => itemOf.get(row) ?? [])
    items.forEach((item, at) => {
      link('SAME_FRANCHISE', 'titles', item, { kind: 'franchise', name: franchise.name })
      if (at > 0) edges.add('SEQUEL_OF', 'titles', item, items[at - 1], 1)
    })
  }
  return hubs
}
