import { eligible } from './eligible.js'
import { franchiseCap } from './franchise-cap.js'
import type { Rule } from './rule.js'

/** Every rule a plan may name, made from the plan's number for it (a cap, a weight), where it takes one. */
export const rules: Readonly<Record<string, (limit: number) => Rule>> = {
  eligible: () => eligible,
  'franchise-cap': franchiseCap,
}
