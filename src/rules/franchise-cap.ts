import type { Ranked } from '../domain/recommendation.js'
import type { LabelColumn } from '../features/labels.js'
import type { Rule } from './rule.js'

/**
 * At most `limit` titles of one franchise, or episodes of one series, near the top; further ones move behind all others,
 * so that a list which has nothing else is still full.
 */
export function franchiseCap(limit: number): Rule {
  return {
    name: 'franchise-cap',

    apply(_query, ranked, { snapshot }) {
      const { franchise, seriesId } = snapshot.catalogue.labels
      const shown = new Map<string, number>()
      const later: Ranked[] = []
      const kept = ranked.filter((entry) => {
        const group = groupOf(entry.item, seriesId, 'series') ?? groupOf(entry.item, franchise, 'franchise')
        if (group === undefined) return true
        const count = (shown.get(group) ?? 0) + 1
        shown.set(group, count)
        if (count > limit) later.push(entry)
        return count <= limit
      })
      return [...kept, ...later]
    },
  }
}

function groupOf(row: number, column: LabelColumn, kind: string): string | undefined {
  const at = column.start[row]
  return at < column.start[row + 1] ? `${kind} ${column.codes[at]}` : undefined
}
