/** What a node of the content graph stands for. */
export const nodeKinds = ['item', 'genre', 'person', 'franchise', 'theme', 'country'] as const
export type NodeKind = (typeof nodeKinds)[number]

/** What a person did. One who acts and directs is two nodes. */
export const personRoles = ['actor', 'director'] as const
export type PersonRole = (typeof personRoles)[number]

/**
 * How two nodes hang together. SIMILAR_TO, CO_WATCHED and SEQUEL_OF go from item to item; the others from an item to what it has in
 * common with other items, so that a genre is one node and never a clique.
 */
export const edgeKinds = [
  'CO_WATCHED',
  'SIMILAR_TO',
  'SEQUEL_OF',
  'SAME_FRANCHISE',
  'SAME_DIRECTOR',
  'SAME_CAST',
  'SAME_GENRE',
  'SAME_THEME',
  'SAME_COUNTRY',
] as const
export type EdgeKind = (typeof edgeKinds)[number]

/** Where an edge comes from: what the catalogue says, what titles say, what people did, or what two items' metadata share. */
export const edgeOrigins = ['metadata', 'titles', 'events', 'content'] as const
export type EdgeOrigin = (typeof edgeOrigins)[number]

/** A node that is not an item, by what makes it one: kind, role and name. */
export interface HubNode {
  readonly kind: Exclude<NodeKind, 'item'>
  readonly role?: PersonRole
  readonly name: string
}

/** Nodes 0 … itemNos.length − 1 are the items, in that order; hub h is node itemNos.length + h. */
export interface ContentGraph {
  readonly itemNos: Int32Array
  readonly hubs: readonly HubNode[]
  readonly edges: Edges
}

/** Edges as columns of one length, ordered by kind, origin, from, to. */
export interface Edges {
  readonly kind: Uint8Array
  readonly origin: Uint8Array
  readonly from: Uint32Array
  readonly to: Uint32Array
  /** 0–1: the share of viewers, a cosine, or 1 for what simply is so. */
  readonly weight: Float32Array
}

/** Collects edges one by one. */
export interface EdgeList {
  add(kind: EdgeKind, origin: EdgeOrigin, from: number, to: number, weight: number): void
  readonly count: number
  build(): Edges
}

export function createEdgeList(): EdgeList {
  const kind: number[] = []
  const origin: number[] = []
  const from: number[] = []
  const to: number[] = []
  const weight: number[] = []
  return {
    add(edgeKind, edgeOrigin, source, target, strength) {
      kind.push(edgeKinds.indexOf(edgeKind))
      origin.push(edgeOrigins.indexOf(edgeOrigin))
      from.push(source)
      to.push(target)
      weight.push(strength)
    },
    get count() {
      return kind.length
    },
    build: () => ({
      kind: Uint8Array.from(kind),
      origin: Uint8Array.from(origin),
      from: Uint32Array.from(from),
      to: Uint32Array.from(to),
      weight: Float32Array.from(weight),
    }),
  }
}
