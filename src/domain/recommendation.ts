import type { ItemIndex } from './ids.js'
import type { Relation } from './relation.js'

/** An item that a source proposes, with the source's own score: comparable within the source only. */
export interface Candidate {
  readonly item: ItemIndex
  readonly score: number
}

/** What one source, or one boost, did to an item's score. */
export interface Part {
  readonly source: string
  readonly weight: number
  /** The source's normalised score for the item. */
  readonly value: number
  /** Of what a user's adapter did: what it went by. */
  readonly causes?: readonly Cause[]
}

/** A property of an item that somebody was seen to lean to, in plain words, and its share of the lift, 0–1. */
export interface Cause {
  readonly name: string
  readonly share: number
}

export interface Ranked {
  readonly item: ItemIndex
  readonly score: number
  readonly parts: readonly Part[]
}

/** Why an item was recommended, found from the model that proposed it. */
export type Reason =
  | {
      readonly kind: 'because-watched'
      readonly source: string
      /** This source's share of the item's score, 0–1. */
      readonly weight: number
      /** The user's own items that contributed most, with their share of the source's score, largest first. */
      readonly items: readonly { readonly item: ItemIndex; readonly share: number }[]
    }
  | {
      readonly kind: 'path'
      readonly source: string
      readonly weight: number
      /** The user's own title the path starts from. */
      readonly item: ItemIndex
      /** From there to the recommended item, one edge or two: by what, through which other item, and what the two have in common. */
      readonly steps: readonly { readonly relation: Relation; readonly via?: ItemIndex; readonly name?: string }[]
    }
  | {
      /** The user's own adapter lifted it. */
      readonly kind: 'adapter'
      readonly source: string
      readonly weight: number
      /** What it went by, largest share first. */
      readonly causes: readonly Cause[]
    }
  /** Many people watch it; the user's own history said nothing. */
  | { readonly kind: 'popular'; readonly source: string; readonly weight: number }
  /** Nobody has tried it yet: no model can tell, and it is among the newest. */
  | { readonly kind: 'new' }
  /** No source raised it above average; of what was admissible, it is the best that is left. */
  | { readonly kind: 'best-available' }

export interface RecommendedItem extends Ranked {
  readonly reasons: readonly Reason[]
}

/** A source that could not speak: in the log it carries its error. */
export interface SourceFailure {
  readonly source: string
  readonly error: unknown
}

/** The answer of `recommend()`, in rows of the catalogue; the edge turns rows into names. */
export interface Answer {
  readonly items: readonly RecommendedItem[]
  /** The sources that spoke. */
  readonly sources: readonly string[]
  /** What was left out and why, e.g. `source:sequential:failed`. Empty when nothing was. */
  readonly degraded: readonly string[]
  readonly failures: readonly SourceFailure[]
}
