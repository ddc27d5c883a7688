import { Command } from 'commander'
import { packageVersion } from '../http/package-version.js'
import { adaptersCommand } from './commands/adapters.js'
import { demoCommand } from './commands/demo.js'
import { doctorCommand } from './commands/doctor.js'
import { encodersCommand } from './commands/encoders.js'
import { evaluateCommand } from './commands/evaluate.js'
import { exportCommand } from './commands/export.js'
import { graphCommand } from './commands/graph.js'
import { importCommand } from './commands/import.js'
import { jobsCommand } from './commands/jobs.js'
import { modelsCommand } from './commands/models.js'
import { planCommand } from './commands/plan.js'
import { profileCommand } from './commands/profile.js'
import { recommendCommand } from './commands/recommend.js'
import { searchCommand } from './commands/search.js'
import { serveCommand } from './commands/serve.js'
import { simulateCommand } from './commands/simulate.js'
import { trainCommand } from './commands/train.js'
import { tuneCommand } from './commands/tune.js'
import { workerCommand } from './commands/worker.js'

/** A command that does something itself, by the words that call it: `encoders add`. */
export function namedCommands(program: Command): readonly { readonly name: string; readonly command: Command }[] {
  return program.commands.flatMap((command) =>
    command.commands.length === 0
      ? [{ name: command.name(), command }]
      : namedCommands(command).map((inner) => ({ name: `${command.name()} ${inner.name}`, command: inner.command })),
  )
}

/** The whole command line as data; docs/reference/cli.md is made from it. A wrong call throws instead of ending the process. */
export function createProgram(): Command {
  const program = new Command('sona')
    .description('A self-hosted personalization engine for media catalogues.')
    .version(packageVersion())
    .showHelpAfterError('(run with --help for what there is)')
    .exitOverride()
  for (const command of [
    demoCommand(),
    importCommand(),
    trainCommand(),
    recommendCommand(),
    profileCommand(),
    searchCommand(),
    graphCommand(),
    serveCommand(),
    workerCommand(),
    jobsCommand(),
    modelsCommand(),
    encodersCommand(),
    adaptersCommand(),
    evaluateCommand(),
    tuneCommand(),
    planCommand(),
    simulateCommand(),
    exportCommand(),
    doctorCommand(),
  ]) {
    program.addCommand(command.exitOverride())
  }
  return program
}
