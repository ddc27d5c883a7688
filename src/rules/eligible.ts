import { assert } from '../math/assert.js'
import { has } from '../math/bitmap.js'
import type { Rule } from './rule.js'

/** Asserts that nothing inadmissible came this far: a source that proposes what it must not is our fault, and is not shown. */
export const eligible: Rule = {
  name: 'eligible',

  apply(_query, ranked, { visit }) {
    for (const { item } of ranked) assert(has(visit.admissible, item), () => `row ${item} is admissible`)
    return ranked
  },
}
