import type { EventKind } from '../domain/event.js'
import { progressSteps } from '../domain/event.js'
import type { Random } from '../domain/random.js'
import type { Interest } from './interests.js'
import { dotRow } from './item-vectors.js'
import type { Landscape } from './landscape.js'
import type { Viewer } from './viewer.js'

/** The match at which a viewer is of two minds, and how fast opinion turns around it. */
const NEUTRAL_MATCH = 0.4
const STEEPNESS = 7
const QUALITY_WEIGHT = 0.4
const MOOD_SPREAD = 0.5
const RATING_SPREAD = 0.5

/** The scale that simulated ratings are on. */
export const ratingScale = { min: 1, max: 5 } as const

/**
 * How much a viewer enjoys a title, 0–1, whatever they were looking for:
 *
 *   logistic( 7 (max over interests ⟨interest, title⟩ − 0.4) + 0.4 quality + 0.5 ξ )
 */
export function enjoymentOf(
  { vectors, quality }: Landscape,
  interests: readonly Interest[],
  title: number,
  random: Random,
): number {
  let match = -1
  for (const { direction } of interests) match = Math.max(match, dotRow(direction, vectors, title))
  const x = STEEPNESS * (match - NEUTRAL_MATCH) + QUALITY_WEIGHT * quality[title] + MOOD_SPREAD * random.normal()
  return 1 / (1 + Math.exp(-x))
}

/**
 * Share of it that is watched, in thousandths: to the credits with chance 0.1 + 0.85 · enjoyment, and else up to 0.88 · U^(2.5 − 2
 * · enjoyment), which is early where it was not enjoyed and late where something else came between.
 */
export function completionOf(enjoyment: number, random: Random): number {
  const isCompleted = random.next() < 0.1 + 0.85 * enjoyment
  const share = random.next()
  const completion = isCompleted ? 1 - 0.1 * share ** 3 : 0.01 + 0.88 * share ** (2.5 - 2 * enjoyment)
  return Math.round(completion * 1_000) / 1_000
}

/** What a viewing that got so far is called. */
export function kindOf(completion: number): EventKind {
  if (completion >= progressSteps.completed) return 'complete'
  return completion >= progressSteps.watched ? 'progress' : 'abandon'
}

/** 1–5 stars, or undefined when the viewer does not bother: what is loved or hated is rated up to twice as often. */
export function starsOf(viewer: Viewer, enjoyment: number, isPartOfSeries: boolean, random: Random): number | undefined {
  const urge = viewer.rateShare * (0.5 + 2 * Math.abs(enjoyment - 0.5)) * (isPartOfSeries ? 0.2 : 1)
  if (random.next() >= urge) return undefined
  const felt = 1.2 + 3.6 * enjoyment + viewer.leniency + RATING_SPREAD * random.normal()
  return Math.min(ratingScale.max, Math.max(ratingScale.min, Math.round(felt)))
}

/** A thumb up or down, now and then, from those who feel strongly. */
export function thumbOf(enjoyment: number, random: Random): 'like' | 'dislike' | undefined {
  const chance = random.next()
  if (enjoyment > 0.75 && chance < 0.06) return 'like'
  if (enjoyment < 0.2 && chance < 0.12) return 'dislike'
  return undefined
}
