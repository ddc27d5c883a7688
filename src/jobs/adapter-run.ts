import type { TrainedBatch, TrainedUser } from './adapter-training-messages.js'

/** What one run of training adapters did. Losses are means over lessons, NaN without any. */
export interface AdapterRun {
  /** Whose events were used. */
  readonly users: number
  /** Who got a new version. */
  readonly saved: number
  /** Whose training was thrown away: the claim ran out, or somebody else changed the adapter. They are due as before. */
  readonly lost: number
  /** Events that teach and were used. */
  readonly events: number
  readonly lessons: number
  /** Visits without a lesson: known to the models, or not among the candidates. */
  readonly passedOver: number
  /** Users whose older events would have become worse by more than 5 %: the forgetting guard kept their adapter as it was. */
  readonly rejected: number
  /** Of the new lessons, before and after they were learned. */
  readonly lossBefore: number
  readonly lossAfter: number
  /** Of older events that were kept aside, before and after. */
  readonly heldOutBefore: number
  readonly heldOutAfter: number
  /** Users with a new version whose adapter is heard, and how far on average. */
  readonly open: number
  readonly meanGate: number
  /** Of the new versions. */
  readonly bytes: number
  readonly seconds: number
  /** Where the time went: `lesson` and `learn` are parts of `train`. */
  readonly secondsOf: Readonly<Record<Stage, number>>
  /** What went wrong with single users. */
  readonly problems: readonly string[]
  /** Version of what all adapters share, at the end. Absent where no tier was ever fitted. */
  readonly sharedVersion?: number
}

const stages = ['claim', 'read', 'train', 'lesson', 'learn', 'write'] as const
type Stage = (typeof stages)[number]

/** Adds up a run as it goes. */
export interface Tally {
  timed<T>(stage: 'claim' | 'read' | 'train' | 'write', work: () => Promise<T>): Promise<T>
  add(users: readonly (TrainedUser & { readonly isKept: boolean })[], times: Pick<TrainedBatch, 'lessonMs' | 'learnMs'>): void
  run(): AdapterRun
}

/** Problems beyond these say nothing new. */
const MOST_PROBLEMS = 10

export function createTally(): Tally {
  const started = performance.now()
  const ms: Record<Stage, number> = { claim: 0, read: 0, train: 0, lesson: 0, learn: 0, write: 0 }
  const counts = { users: 0, saved: 0, lost: 0, events: 0, lessons: 0, passedOver: 0, rejected: 0, open: 0, bytes: 0 }
  const problems: string[] = []
  const losses = { before: mean(), after: mean(), heldOutBefore: mean(), heldOutAfter: mean(), gate: mean() }

  function addUser({ taught, adapter, report, passedOver, problem, isKept }: TrainedUser & { readonly isKept: boolean }): void {
    if (problem !== undefined && problems.length < MOST_PROBLEMS) problems.push(problem)
    if (!isKept) {
      counts.lost++
      return
    }
    counts.users++
    counts.events += taught
    counts.passedOver += passedOver
    if (report !== undefined) {
      counts.lessons += report.lessons
      if (!report.accepted) counts.rejected++
      losses.before.add(report.lossBefore, report.lessons)
      losses.after.add(report.lossAfter, report.lessons)
      losses.heldOutBefore.add(report.heldOutBefore, 1)
      losses.heldOutAfter.add(report.heldOutAfter, 1)
    }
    if (adapter === undefined) return
    counts.saved++
    counts.bytes += adapter.bytes.length
    losses.gate.add(adapter.gate, 1)
    if (adapter.gate > 0) counts.open++
  }

  return {
    async timed(stage, work) {
      const from = performance.now()
      try {
        return await work()
      } finally {
        ms[stage] += performance.now() - from
      }
    },
    add(users, { lessonMs, learnMs }) {
      ms.lesson += lessonMs
      ms.learn += learnMs
      for (const user of users) addUser(user)
    },
    run: () => ({
      ...counts,
      lossBefore: losses.before.value(),
      lossAfter: losses.after.value(),
      heldOutBefore: losses.heldOutBefore.value(),
      heldOutAfter: losses.heldOutAfter.value(),
      meanGate: losses.gate.value(),
      seconds: (performance.now() - started) / 1000,
      secondsOf: Object.fromEntries(stages.map((stage) => [stage, ms[stage] / 1000])) as Record<Stage, number>,
      problems: [...problems],
    }),
  }
}

/** A weighted mean; values that are not known are left out. */
function mean(): { add(value: number, weight: number): void; value(): number } {
  let sum = 0
  let total = 0
  return {
    add(value, weight) {
      if (Number.isNaN(value)) return
      sum += weight * value
      total += weight
    },
    value: () => sum / total,
  }
}
