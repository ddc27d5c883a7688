import { UndirectedGraph } from 'graphology'
import louvainModule, { type LouvainOptions } from 'graphology-communities-louvain'
import type { Random } from '../domain/random.js'
import { type ContentGraph, edgeKinds } from './content-graph.js'

/** What the package exports is the function itself; its types say so under some settings of the compiler only. */
const louvain = louvainModule as unknown as (graph: UndirectedGraph, options: LouvainOptions) => Readonly<Record<string, number>>

/** Of each item, this many strongest ties are looked at: more of them cost time and blur the borders. */
const TIES = 15

/** What an item without any edge to another item has for a community: none. */
export const NO_COMMUNITY = -1

/**
 * Communities of items by Louvain's method over SIMILAR_TO and SEQUEL_OF edges, both ways added up (Blondel et al. 2008; the
 * library's implementation). Numbered by size, the largest 0. Same graph and same chance, same communities.
 *
 * @param resolution more than 1: more and smaller ones
 * @returns one number per item
 */
export function communitiesOf(graph: ContentGraph, resolution: number, random: Random): Int32Array {
  const { itemNos, edges } = graph
  const undirected = new UndirectedGraph()
  for (const edge of strongestTies(graph)) {
    const [from, to, weight] = [edges.from[edge], edges.to[edge], edges.weight[edge]]
    undirected.mergeNode(from)
    undirected.mergeNode(to)
    undirected.updateEdge(from, to, (known) => ({ weight: Number(known.weight ?? 0) + weight }))
  }
  const communities = new Int32Array(itemNos.length).fill(NO_COMMUNITY)
  if (undirected.size === 0) return communities
  const found = louvain(undirected, { resolution, rng: () => random.next(), getEdgeWeight: 'weight' })
  for (const [item, community] of Object.entries(found)) communities[Number(item)] = community
  return bySize(communities)
}

/** The edges from item to item that hold communities together: for each item its strongest. */
function strongestTies({ itemNos, edges }: ContentGraph): number[] {
  const kinds = [edgeKinds.indexOf('SIMILAR_TO'), edgeKinds.indexOf('SEQUEL_OF')]
  const byItem: number[][] = Array.from(itemNos, () => [])
  for (let edge = 0; edge < edges.kind.length; edge++) {
    if (kinds.includes(edges.kind[edge])) byItem[edges.from[edge]].push(edge)
  }
  return byItem.flatMap((ties) => ties.sort((a, b) => edges.weight[b] - edges.weight[a] || a - b).slice(0, TIES))
}

function bySize(communities: Int32Array): Int32Array {
  const sizes = new Map<number, number>()
  for (const community of communities) if (community >= 0) sizes.set(community, (sizes.get(community) ?? 0) + 1)
  const order = [...sizes.keys()].sort((a, b) => (sizes.get(b) ?? 0) - (sizes.get(a) ?? 0) || a - b)
  const place = new Map(order.map((community, at) => [community, at]))
  return communities.map((community) => place.get(community) ?? NO_COMMUNITY)
}
