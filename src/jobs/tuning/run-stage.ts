import { createRandom } from '../../domain/random.js'
import type { PlanSpec } from '../../pipeline/plan.js'
import { drawSettings, type Settings, settingsNear } from '../../tuning/settings.js'
import { type Finalist, type Measure, type Rung, successiveHalving } from '../../tuning/successive-halving.js'
import type { StageOutcome, Trial } from '../../tuning/tuning.js'
import type { Deadline } from './deadline.js'
import type { Candidate, Laboratory } from './laboratory.js'
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
  const measure: Measure<Drawn> = async (drawn, rung) => {
    const candidates = drawn.map(
      ({ trial, settings }): Candidate => ({
        stage: stage.name,
        trial,
        plan: stage.measured(trial === 0 ? undefined : settings, rung.share),
      }),
    )
    const values = await laboratory.measure(candidates, rung.users, deadline)
    for (const [at, value] of values.entries()) remember(record, drawn[at], rung, value)
    return values
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

/** The first bracket looks everywhere; of later ones all but every third candidate look near the best so far. */
function drawBracket(stage: Stage, { trials, seed }: StageLimits, drawn: number, best: Settings): Drawn[] {
  const number = drawn / BRACKET
  const spread = Math.max(LEAST_SPREAD, FIRST_SPREAD / (number + 1))
  return Array.from({ length: Math.min(BRACKET, trials - drawn) }, (_, place) => {
    const trial = drawn + place + 1
    const random = createRandom(`${seed}/tune/${stage.name}/${trial}`)
    const isFree = number === 0 ? place % 3 !== 2 : place % 3 === 2
    const settings = isFree ? drawSettings(stage.space, random) : settingsNear(stage.space, best, spread, random)
    return { trial, settings }
  })
}

/** Whether all candidates of a bracket came out alike on its first rung: then the settings mean nothing here. */
function isIdle(record: ReadonlyMap<number, Trial>, bracket: readonly Drawn[]): boolean {
  const values = bracket.map(({ trial }) => record.get(trial)?.values[0]?.value)
  return bracket.length > 1 && values.every((value) => value === values[0])
}

function remember(record: Map<number, Trial>, { trial, settings }: Drawn, { users }: Rung, value: number): void {
  const values = record.get(trial)?.values ?? []
  record.set(trial, { trial, settings, values: [...values, { users, value }] })
}

function outcomeOf(
  { name, of }: Stage,
  record: ReadonlyMap<number, Trial>,
  best: Finalist<Drawn> | undefined,
  isCut: boolean,
): StageOutcome {
  return { name, of, trials: [...record.values()].sort((a, b) => a.trial - b.trial), best: best?.candidate.trial, isCut }
}
