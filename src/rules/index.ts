import { diversity } from './diversity.js'
import { eligible } from './eligible.js'
import { franchiseCap } from './franchise-cap.js'
import type { Rule } from './rule.js'

/** The numbers that a plan may give a rule. */
export interface RuleNumbers {
  /** A cap. Default 3. */
  readonly limit?: number
  /** What relevance counts beside unlikeness, 0–1. Default 0.7. */
  readonly lambda?: number
}

/** Every rule a plan may name, made from the plan's numbers for it. */
export const rules: Readonly<Record<string, (numbers: RuleNumbers) => Rule>> = {
  eligible: () => eligible,
  'franchise-cap': ({ limit = 3 }) => franchiseCap(limit),
  diversity: ({ lambda = 0.7 }) => diversity(lambda),
}
