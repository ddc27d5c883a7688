#!/usr/bin/env node
import { Command, CommanderError } from 'commander'
import { SonaError } from '../domain/errors.js'
import { demoCommand } from './commands/demo.js'
import { doctorCommand } from './commands/doctor.js'
import { evaluateCommand } from './commands/evaluate.js'
import { exportCommand } from './commands/export.js'
import { importCommand } from './commands/import.js'
import { recommendCommand } from './commands/recommend.js'
import { serveCommand } from './commands/serve.js'
import { simulateCommand } from './commands/simulate.js'
import { trainCommand } from './commands/train.js'
import { version } from './version.js'

/** Exit codes: 0 done, 1 the world's fault (the code is printed), 2 the command was called wrongly. */
const WORLDS_FAULT = 1
const USAGE = 2

const program = new Command('sona')
  .description('A self-hosted personalization engine for media catalogues.')
  .version(version)
  .showHelpAfterError('(run with --help for what there is)')
  .exitOverride()

for (const command of [
  demoCommand(),
  importCommand(),
  trainCommand(),
  recommendCommand(),
  serveCommand(),
  evaluateCommand(),
  simulateCommand(),
  exportCommand(),
  doctorCommand(),
]) {
  program.addCommand(command.exitOverride())
}

try {
  await program.parseAsync()
} catch (error) {
  process.exitCode = report(error)
}

function report(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : USAGE // commander has said it already
  if (error instanceof SonaError) {
    const isJson = process.argv.includes('--json')
    if (isJson) process.stdout.write(`${JSON.stringify({ error: { code: error.code, message: error.message } })}\n`)
    process.stderr.write(`${error.code}: ${error.message}\n`)
    return WORLDS_FAULT
  }
  process.stderr.write(
    `This is a fault of Sona's own, please report it.\n${error instanceof Error ? error.stack : String(error)}\n`,
  )
  return WORLDS_FAULT
}
