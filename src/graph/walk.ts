import { type Relation, relations } from '../domain/relation.js'
import { type Csr, csrFromTriplets } from '../math/csr.js'
import type { Kernels } from '../math/kernels.js'
import type { Arena } from '../math/memory.js'
import { positionInSorted } from '../math/sorted.js'
import { pushLevel } from '../math/sparse-walk.js'
import { type ContentGraph, type EdgeKind, type Edges, edgeKinds, edgeOrigins } from './content-graph.js'

/** How much of a walk leaves an item by each relation, in any unit. What the item lacks is lost: little known, little said. */
export type RelationWeights = Readonly<Record<Relation, number>>

const relationOfKind: Readonly<Record<EdgeKind, Relation>> = {
  CO_WATCHED: 'watched-next',
  SIMILAR_TO: 'same-audience',
  SEQUEL_OF: 'sequel',
  SAME_FRANCHISE: 'same-franchise',
  SAME_DIRECTOR: 'same-director',
  SAME_CAST: 'same-cast',
  SAME_GENRE: 'same-genre',
  SAME_THEME: 'same-theme',
  SAME_COUNTRY: 'same-country',
}

/** The relation that an edge stands for: SIMILAR_TO is two, what people do and what films are about. */
export function relationOf({ kind, origin }: Edges, edge: number): Relation {
  return edgeOrigins[origin[edge]] === 'content' ? 'alike' : relationOfKind[edgeKinds[kind[edge]]]
}

/** Transition probabilities over the nodes of a graph, rows summing to 1 at most, and the relation that gives each the most. */
export interface Transitions extends Csr {
  /** Position in `relations`, of each entry. */
  readonly relation: Uint8Array
}

/**
 * The graph as transition probabilities:
 *
 *   item → item   weight of the relation · edge weight / Σ of the item's edge weights of that relation   (CO_WATCHED: the share itself)
 *   item → hub    weight of the relation · rarity of the hub / Σ of the item's,  rarity = 1 / log(1 + members)
 *   hub → item    1 / members
 *
 * SEQUEL_OF is walked both ways.
 */
export function transitionsOf(graph: ContentGraph, weights: RelationWeights): Transitions {
  const items = graph.itemNos.length
  const nodes = items + graph.hubs.length
  const { kind, from, to, weight } = graph.edges
  const relation = Uint8Array.from(kind, (_, edge) => relations.indexOf(relationOf(graph.edges, edge)))
  const members = new Uint32Array(nodes)
  for (let edge = 0; edge < kind.length; edge++) if (to[edge] >= items) members[to[edge]]++
  const strength = (edge: number): number => (to[edge] < items ? weight[edge] : 1 / Math.log(1 + members[to[edge]]))
  const isReturned = (edge: number): boolean => edgeKinds[kind[edge]] === 'SEQUEL_OF'
  const sums = new Float64Array(items * relations.length) // of each item and relation
  for (let edge = 0; edge < kind.length; edge++) {
    sums[from[edge] * relations.length + relation[edge]] += strength(edge)
    if (isReturned(edge)) sums[to[edge] * relations.length + relation[edge]] += strength(edge)
  }
  const total = relations.reduce((sum, name) => sum + weights[name], 0) || 1
  const steps: Steps = { row: [], column: [], value: [], relation: [] }
  for (let edge = 0; edge < kind.length; edge++) {
    const share = weights[relations[relation[edge]]] / total
    if (share === 0) continue
    const isShare = edgeKinds[kind[edge]] === 'CO_WATCHED'
    const leaving = (item: number): number =>
      share * (isShare ? weight[edge] : strength(edge) / sums[item * relations.length + relation[edge]])
    addStep(steps, from[edge], to[edge], leaving(from[edge]), relation[edge])
    if (isReturned(edge)) addStep(steps, to[edge], from[edge], leaving(to[edge]), relation[edge])
    if (to[edge] >= items) addStep(steps, to[edge], from[edge], 1 / members[to[edge]], relation[edge])
  }
  const csr = csrFromTriplets(nodes, nodes, steps)
  return { ...csr, relation: strongestRelations(csr, steps) }
}

interface Steps {
  readonly row: number[]
  readonly column: number[]
  readonly value: number[]
  readonly relation: number[]
}

function addStep(steps: Steps, from: number, to: number, probability: number, relation: number): void {
  steps.row.push(from)
  steps.column.push(to)
  steps.value.push(probability)
  steps.relation.push(relation)
}

/** Of the steps that were added up into one entry, the relation of the largest. */
function strongestRelations({ start, index }: Csr, steps: Steps): Uint8Array {
  const relation = new Uint8Array(index.length)
  const largest = new Float64Array(index.length).fill(-1)
  for (let step = 0; step < steps.row.length; step++) {
    const at = positionInSorted(index, steps.column[step], start[steps.row[step]], start[steps.row[step] + 1])
    if (steps.value[step] <= largest[at]) continue
    largest[at] = steps.value[step]
    relation[at] = steps.relation[step]
  }
  return relation
}

export interface WalkOptions {
  /** Chance, at each step, of starting again at the history. */
  readonly restart: number
  /** What a place one hop further away counts. */
  readonly hopDecay: number
  /** Longest path. */
  readonly hops: number
  /** Mass below this, for each edge it would take, is not pushed on. */
  readonly tolerance: number
}

/**
 * Personalised PageRank by pushing, level by level: mass starts at the seeds, flows along the edges, loses the restart at each step,
 * and is counted where it arrives. Mass too small for the edges it would take is left where it is (Andersen, Chung & Lang 2006),
 * so that the work depends on the seeds and not on the graph.
 *
 * @param out one number per node; mass is added to it
 * @param push `pushLevel` of math/sparse-walk.ts, or the kernel of that name: then all arrays lie in its arena
 */
export function pushWalk(
  csr: Csr,
  seeds: { readonly items: Uint32Array; readonly weights: Float32Array },
  { restart, hopDecay, hops, tolerance }: WalkOptions,
  out: Float32Array,
  arena: Arena,
  push: Kernels['pushLevel'] = pushLevel,
): void {
  const { rows } = csr
  let mass = arena.f32(rows)
  let arriving = arena.f32(rows)
  let active = arena.u32(rows)
  let reached = arena.u32(rows)
  let count = 0
  for (let k = 0; k < seeds.items.length; k++) {
    if (mass[seeds.items[k]] === 0 && seeds.weights[k] > 0) active[count++] = seeds.items[k]
    mass[seeds.items[k]] += Math.max(0, seeds.weights[k])
  }
  let counts = 1 - restart
  for (let hop = 1; hop <= hops && count > 0; hop++) {
    const found = push(csr, { active: active.subarray(0, count), mass, arriving, reached }, tolerance)
    for (let k = 0; k < found; k++) out[reached[k]] += counts * arriving[reached[k]]
    counts *= (1 - restart) * hopDecay
    ;[mass, arriving, active, reached] = [arriving, mass, reached, active]
    count = found
  }
}
