import type { LabelField } from '../domain/filter.js'
import type { EdgeKind, HubNode } from './content-graph.js'

/** Of longer lists the first ones count: casts are given in order of importance. */
export const MOST_LINKS_OF_A_KIND = 12

/** Which list of an item becomes which node, and the edge that leads there. */
export const hubFields: readonly { readonly field: LabelField; readonly edge: EdgeKind; readonly node: Omit<HubNode, 'name'> }[] =
  [
    { field: 'franchise', edge: 'SAME_FRANCHISE', node: { kind: 'franchise' } },
    { field: 'seriesId', edge: 'SAME_FRANCHISE', node: { kind: 'franchise' } },
    { field: 'directors', edge: 'SAME_DIRECTOR', node: { kind: 'person', role: 'director' } },
    { field: 'cast', edge: 'SAME_CAST', node: { kind: 'person', role: 'actor' } },
    { field: 'genres', edge: 'SAME_GENRE', node: { kind: 'genre' } },
    { field: 'themes', edge: 'SAME_THEME', node: { kind: 'theme' } },
    { field: 'countries', edge: 'SAME_COUNTRY', node: { kind: 'country' } },
  ]
