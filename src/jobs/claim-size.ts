/** How many users one claim is to take. */
export interface ClaimSize {
  readonly users: number
  /** So long did a claim of so many take. */
  took(users: number, ms: number): void
}

/** Whoever becomes due with a strong signal waits for the claim that is under way, and for the own. */
const CLAIM_MS = 100
const FIRST = 2
/** Beyond, one read and one write for all are as good as none. */
const MOST = 64

/**
 * As many users as take about a tenth of a second: one with a costly plan and long pasts, dozens with a light one. It begins small, and at
 * most doubles from claim to claim.
 */
export function createClaimSize(): ClaimSize {
  let users = FIRST
  return {
    get users() {
      return users
    },
    took(count, ms) {
      if (count > 0) users = Math.max(1, Math.min(MOST, 2 * users, Math.round((CLAIM_MS * count) / Math.max(ms, 1))))
    },
  }
}
