import type { Command } from 'commander'
import { algorithms } from '../../models/index.js'
import { defaultPlan } from '../../pipeline/default-plan.js'
import { modelsOf, type PlanSpec } from '../../pipeline/plan.js'
import { type CommonOptions, command } from '../command.js'
import { readPlan } from '../plan-file.js'
import { createTerminal } from '../terminal.js'

export function planCommand(): Command {
  return command('plan', 'Print a plan as JSON with every option of its models written out: something to edit.')
    .argument('[file]', 'a plan to check and print; default: the plan that serves until another is named')
    .action(async (file: string | undefined, options: CommonOptions) => {
      const terminal = createTerminal(options.json === true)
      const plan = withAllOptions(file === undefined ? defaultPlan : await readPlan(file))
      terminal.line(JSON.stringify(plan, undefined, 2))
      terminal.result(plan)
    })
}

function withAllOptions(plan: PlanSpec): PlanSpec {
  const models = modelsOf(plan).map((spec) => ({
    ...spec,
    options: { ...algorithms.get(spec.algorithm)?.defaults, ...spec.options },
  }))
  return { ...plan, models }
}
