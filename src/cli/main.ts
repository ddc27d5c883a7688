#!/usr/bin/env node
import { CommanderError } from 'commander'
import { SonaError } from '../domain/errors.js'
import { createProgram } from './program.js'

/** Exit codes: 0 done, 1 the world's fault (the code is printed), 2 the command was called wrongly. */
const WORLDS_FAULT = 1
const USAGE = 2

// A reader that has seen enough (`| head`) closes the pipe; that is no fault.
process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  if (error.code !== 'EPIPE') throw error
  process.exit(0)
})

try {
  await createProgram().parseAsync()
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
