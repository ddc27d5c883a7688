/** Plays the test period for one form: predict, score, learn; with and without the gate, and for strangers. */
import type { Lesson } from '../../src/adapters/adapter.js'
import { advance, type Gate, MOST_GAIN, openness, shutGate } from '../../src/adapters/gate.js'
import { study } from '../../src/adapters/learn.js'
import { logLikelihood } from '../../src/adapters/likelihood.js'
import { everybody } from '../../src/adapters/query-side.js'
import { REPRESENTATIVES } from '../../src/adapters/representatives.js'
import type { SharedTier } from '../../src/adapters/tier.js'
import { createRandom } from '../../src/domain/random.js'
import { gainOf } from '../../src/evaluation/prequential/gain.js'
import type { Form } from './forms.js'
import type { Material } from './material.js'

export interface Scored {
  readonly user: number
  readonly base: number
  readonly ungated: number
  readonly gated: number
}

/** First everything that taught the tier is learned, unscored: where adapters begin. */
export function playForm(
  form: Form,
  tier: SharedTier,
  { teaching, played: events }: Pick<Material, 'teaching' | 'played'>,
  most = REPRESENTATIVES,
  at = 10,
): Scored[] {
  const gates = new Map<number, Gate>()
  const learn = (user: number, lesson: Lesson): void => {
    const some = study(lesson, tier, most)
    const own = form.effects(user, lesson, some)
    if (lesson.liking !== 0) {
      const gain = logLikelihood(some.view, own) - logLikelihood(some.view, new Float64Array(own.length))
      gates.set(user, advance(gates.get(user) ?? shutGate, gain, tier.practice.gateDiscount, MOST_GAIN))
    }
    form.learn(user, lesson, some, own)
  }
  for (const list of teaching) {
    const { user, liking = 1, query = everybody(tier.space) } = list
    learn(user, { ...list, liking, query })
  }
  const scored: Scored[] = []
  for (const event of events) {
    const { user, base, features, target, isAdded, rankBeyond, liking, query } = event
    const isAsked = event.engagement > 0
    if (target < 0 || isAdded) {
      const gain = rankBeyond < at ? 1 / Math.log2(rankBeyond + 2) : 0
      if (isAsked) scored.push({ user, base: gain, ungated: gain, gated: gain })
    }
    if (target < 0) continue
    const lesson: Lesson = { base, features, weight: new Float32Array(base.length).fill(1), target, liking, query }
    const whole = study(lesson, tier, Number.POSITIVE_INFINITY)
    const effects = form.effects(user, lesson, whole)
    const gate = gates.get(user) ?? shutGate
    if (isAsked && !isAdded) {
      const gainAt = (voice: number): number =>
        gainOf(
          voice === 0 ? base : base.map((score, i) => score + (voice * effects[i]!) / tier.scale),
          target,
          { groups: event.groups, perGroup: 3 },
          at,
        )
      scored.push({ user, base: gainAt(0), ungated: gainAt(1), gated: gainAt(openness(gate)) })
    }
    learn(user, lesson)
  }
  return scored
}

export interface Difference {
  readonly mean: number
  readonly low: number
  readonly high: number
}

const DRAWS = 1_000

/** Relative to the base: all events count the same, users are drawn again and again. */
export function relativeGain(
  scored: readonly Scored[],
  which: 'ungated' | 'gated',
  average: 'events' | 'users' = 'events',
): Difference {
  const sums = new Map<number, [number, number, number]>()
  for (const each of scored) {
    const sum = sums.get(each.user) ?? [0, 0, 0]
    sums.set(each.user, [sum[0] + each.base, sum[1] + each[which], sum[2] + 1])
  }
  const users = [...sums.values()].map(([base, own, count]) => (average === 'events' ? [base, own] : [base / count, own / count]))
  const ratio = (picked: readonly number[][]): number => {
    let [base, own] = [0, 0]
    for (const each of picked) {
      base += each[0]!
      own += each[1]!
    }
    return own / base - 1
  }
  const random = createRandom('bootstrap')
  const draws = Array.from({ length: DRAWS }, () => ratio(users.map(() => users[random.below(users.length)]!))).sort(
    (a, b) => a - b,
  )
  return { mean: ratio(users), low: draws[Math.floor(0.025 * DRAWS)]!, high: draws[Math.floor(0.975 * DRAWS)]! }
}
