import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'

/** A worker in a process of its own, which is started again when it dies. */
export interface WorkerProcess {
  /** Asks it to stop and waits until it has. */
  stop(): Promise<void>
}

const FIRST_PAUSE_MS = 1_000
const LONGEST_PAUSE_MS = 60_000

/** Starts `sona worker` with these arguments, and these beside this process's own environment. `onDeath` is told each time it ends unasked. */
export function startWorkerProcess(
  args: readonly string[],
  environment: Readonly<Record<string, string>>,
  onDeath: (how: string) => void,
): WorkerProcess {
  let child: ChildProcess
  let timer: NodeJS.Timeout | undefined
  let isStopping = false
  let pauseMs = FIRST_PAUSE_MS

  function start(): void {
    // The channel tells the worker when this process is gone, however it went. What it prints is its log. Detached: Ctrl-C in a
    // terminal is for this process, which then stops the worker in its turn.
    child = spawn(process.execPath, [...process.execArgv, process.argv[1], 'worker', ...args], {
      stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
      env: { ...process.env, ...environment },
      detached: true,
    })
    const startedAt = performance.now()
    child.once('error', (error) => onDeath(error.message))
    child.once('exit', (code, signal) => {
      if (isStopping) return
      onDeath(signal ?? `exit code ${code}`)
      pauseMs = performance.now() - startedAt > LONGEST_PAUSE_MS ? FIRST_PAUSE_MS : Math.min(LONGEST_PAUSE_MS, 2 * pauseMs)
      timer = setTimeout(start, pauseMs)
    })
  }
  start()

  return {
    async stop() {
      isStopping = true
      clearTimeout(timer)
      if (child.exitCode !== null || child.signalCode !== null || child.pid === undefined) return
      const exited = once(child, 'exit')
      child.kill('SIGTERM')
      await exited
    },
  }
}
