import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

const main = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url))

/** The built `sona` as a process of its own, that can be killed. */
export function startSona(
  args: readonly string[],
): ChildProcess & { readonly stdout: NodeJS.ReadableStream; readonly stderr: NodeJS.ReadableStream } {
  return spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] })
}

/** Runs `sona … --json` to its end. */
export async function runSona(
  args: readonly string[],
): Promise<{ readonly code: number; readonly result: Record<string, unknown>; readonly stderr: string }> {
  const child = startSona([...args, '--json'])
  let stdout = ''
  let stderr = ''
  child.stdout.on('data', (chunk) => {
    stdout += chunk
  })
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const [code] = (await once(child, 'close')) as [number]
  return { code, result: stdout === '' ? {} : (JSON.parse(stdout) as Record<string, unknown>), stderr }
}

/** Starts `sona serve` on a free port and resolves with its address once it listens. */
export async function serveSona(args: readonly string[]): Promise<{ readonly child: ChildProcess; readonly address: string }> {
  const child = startSona(['serve', '--port', '0', '--log-level', 'error', '--json', ...args])
  let stderr = ''
  child.stderr.on('data', (chunk) => {
    stderr += chunk
  })
  const [line] = (await Promise.race([once(createInterface({ input: child.stdout }), 'line'), once(child, 'exit')])) as [string]
  const address = typeof line === 'string' ? (JSON.parse(line) as { address?: string }).address : undefined
  if (address === undefined) throw new Error(`sona serve did not start: ${line} ${stderr}`)
  return { child, address }
}

export async function killed(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const exit = once(child, 'exit')
  child.kill('SIGKILL')
  await exit
}
