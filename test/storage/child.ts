import { type ChildProcess, spawn } from 'node:child_process'
import { fileURLToPath } from 'node:url'

export interface Child {
  readonly process: ChildProcess
  /** Its exit code; null when it was killed. */
  readonly ended: Promise<number | null>
  /** Lines of standard output so far, whole ones only. */
  lines(): readonly string[]
  errors(): string
  /** Resolves when a line satisfies the condition; rejects when the process ends first. */
  until(condition: (lines: readonly string[]) => boolean): Promise<void>
  /** Ends it with SIGKILL and resolves with the lines it had printed. */
  kill(): Promise<readonly string[]>
}

/** Runs a TypeScript file of this folder in a process of its own. */
export function startChild(file: string, args: readonly string[], nodeOptions: readonly string[] = []): Child {
  const path = fileURLToPath(new URL(file, import.meta.url))
  const child = spawn(process.execPath, [...nodeOptions, '--import', 'tsx', path, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
  let output = ''
  let errors = ''
  const waiting = new Set<() => void>()
  const wake = (): void => {
    for (const check of waiting) check()
  }
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    output += text
    wake()
  })
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    errors += text
  })
  const closed = new Promise<number | null>((resolve) => child.once('close', resolve))
  closed.then(wake)

  const lines = (): readonly string[] => output.split('\n').slice(0, -1)
  return {
    process: child,
    ended: closed,
    lines,
    errors: () => errors,
    until: (condition) =>
      new Promise((resolve, reject) => {
        const check = (): void => {
          if (condition(lines())) resolve()
          else if (child.exitCode !== null || child.signalCode !== null) reject(new Error(`The process ended: ${errors}`))
          else return
          waiting.delete(check)
        }
        waiting.add(check)
        check()
      }),
    async kill() {
      child.kill('SIGKILL')
      await closed
      return lines()
    },
  }
}
