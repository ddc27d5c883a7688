import { createRandom } from '../../domain/random.js'
import type { PlanSpec } from '../../pipeline/plan.js'
import { drawSettings, type Settings, settingsNear } from '../../tuning/settings.js'
import { type Finalist, type Measure, type Rung, successiveHalving } from '../../tuning/successive-halving.js'
import type { StageOutcome, Trial } from '../../tuning/tuning.js'
import type { Deadline } from './deadline.js'
import type { Candidate, Laboratory, Measured } from './laboratory.js'
import type { Stage } from './stages.js'

export interface StageLimits {
  readonly laboratory: Laboratory
  readonly rungs: readonly Rung[]
  readonly trials: number
  readonly seed: number
  readonly deadline: Deadline
}

/** Candidates of one bracket: 9 → 3 → 1 on three rungs. */
export const BRACKET = 9
/** How far from the best a candidate near it is drawn, as a share of each range; less with every bracket. */
const FIRST_SPREAD = 0.2
const LEAST_SPREAD = 0.05

/** Of the time that is left, what a rung may use that is not the last: only what reaches the last one counts. */
const BEFORE_LAST_RUNG = 0.6

interface Drawn {
  /** 0: what is there. */
  readonly trial: number
  readonly settings: Settings
}

/** Searches one stage: what is there first, then bracket after bracket until the trials or the time are used up. */
export async function runStage(
  stage: Stage,
  limits: StageLimits,
): Promise<{ readonly outcome: StageOutcome; readonly plan: PlanSpec | undefined }> {
  const { laboratory, rungs, deadline } = limits
  const record = new Map<number, Trial>()
  const baseline = stage.measured(undefined, 1)
  const measure: Measure<Drawn> = async (drawn, rung) => {
    const candidates = drawn.map(
      ({ trial, settings }): Candidate => ({
        stage: stage.name,
        trial,
        plan: stage.measured(trial === 0 ? undefined : settings, rung.share),
        baseline,
      }),
    )
    const isLast = rung.share === 1
    const measured = await laboratory.measure(candidates, rung.users, isLast ? deadline : deadline.part(BEFORE_LAST_RUNG))
    for (const [at, each] of measured.entries()) remember(record, drawn[at], rung, each)
    return measured.map(cautious)
  }

  const first: Drawn = { trial: 0, settings: stage.start }
  let best = (await successiveHalving([first], rungs.slice(-1), measure))[0]
  for (let drawn = 0; drawn < limits.trials && best !== undefined && !deadline.isOver(); drawn += BRACKET) {
    const bracket = drawBracket(stage, limits, drawn, best.candidate.settings)
    const finalists = await successiveHalving(bracket, rungs, measure)
    best = finalists.reduce((leader, each) => (each.value > leader.value ? each : leader), best)
    if (finalists.length > 0 && isIdle(record, bracket)) break
  }
  return {
    outcome: outcomeOf(stage, record, best, deadline.isOver()),
    plan: best && best.candidate.trial > 0 ? stage.applied(best.candidate.settings) : undefined,
  }
}

/** Of the first bracket two candidates in three look anywhere, of later ones one in three; the others near the best so far. */
function drawBracket(stage: Stage, { trials, seed }: StageLimits, drawn: number, best: Settings): Drawn[] {
  const number = drawn / BRACKET
  const spread = Math.max(LEAST_SPREAD, FIRST_SPREAD / (number + 1))
  return Array.from({ length: Math.min(BRACKET, trials - drawn) }, (_, place) => {
    const trial = drawn + place + 1
    const random = createRandom(`${seed}/tune/${stage.name}/${trial}`)
    const isFree = number === 0 ? place % 3 !== 0 : place % 3 === 2
    const settings = isFree ? drawSettings(stage.space, random) : settingsNear(stage.space, best, spread, random)
    return { trial, settings }
  })
}

/** Whether all candidates of a bracket came out alike on its first rung: then the settings mean nothing here. */
function isIdle(record: ReadonlyMap<number, Trial>, bracket: readonly Drawn[]): boolean {
  const values = bracket.map(({ trial }) => record.get(trial)?.values[0]?.value)
  return bracket.length > 1 && values.every((value) => value === values[0])
}

/**
 * What a candidate is taken for: its value less one standard error of its difference to what is there already. The best of many is
 * partly the luckiest; this way a candidate that does much the same needs little to be preferred, one that does all else needs more.
 * (The one-standard-error rule of Breiman et al., "Classification and Regression Trees", 1984.)
 */
export function cautious({ value, error = 0 }: Measured): number {
  return value - error
}

function remember(record: Map<number, Trial>, { trial, settings }: Drawn, { users }: Rung, measured: Measured): void {
  const values = record.get(trial)?.values ?? []
  record.set(trial, { trial, settings, values: [...values, { users, ...measured }] })
}

function outcomeOf(
  { name, of }: Stage,
  record: ReadonlyMap<number, Trial>,
  best: Finalist<Drawn> | undefined,
  isCut: boolean,
): StageOutcome {
  return { name, of, trials: [...record.values()].sort((a, b) => a.trial - b.trial), best: best?.candidate.trial, isCut }
}
