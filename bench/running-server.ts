import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'

/** A `sona serve` of its own, as an operator would start it. */
export interface RunningServer {
  readonly address: string
  readonly process: ChildProcess
  /** Resident memory in MiB. */
  metrics(): Promise<string>
  stop(): Promise<void>
}

/** Starts the built command with these arguments (`--home …` or `--database …`) on a free port and waits until it answers. */
export async function startServer(args: readonly string[]): Promise<RunningServer> {
  const main = new URL('../dist/cli/main.js', import.meta.url).pathname
  const child = spawn(process.execPath, [main, 'serve', '--port', '0', '--log-level', 'warn', '--json', ...args], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  const lines = createInterface({ input: child.stdout })
  const first = (await Promise.race([once(lines, 'line'), once(child, 'exit')])) as [string | number]
  if (typeof first[0] !== 'string') throw new Error(`sona serve ended with exit code ${first[0]}`)
  const { address, error } = JSON.parse(first[0]) as { address?: string; error?: { message: string } }
  if (address === undefined) throw new Error(error?.message ?? first[0])
  return {
    address,
    process: child,
    metrics: async () => (await fetch(`${address}/metrics`)).text(),
    async stop() {
      if (child.exitCode !== null || child.signalCode !== null) return
      child.kill('SIGTERM')
      await once(child, 'exit')
    },
  }
}

/** The value of one line of Prometheus text, by its beginning. */
export function metricOf(text: string, name: string): number {
  const line = text.split('\n').find((each) => each.startsWith(name))
  return line === undefined ? Number.NaN : Number(line.slice(line.lastIndexOf(' ') + 1))
}

export async function post(address: string, path: string, body: object): Promise<unknown> {
  const response = await fetch(`${address}${path}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  const answer: unknown = await response.json()
  if (!response.ok) throw new Error(`${path} answered ${response.status}: ${JSON.stringify(answer)}`)
  return answer
}
