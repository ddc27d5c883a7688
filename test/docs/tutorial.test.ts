import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmod, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Fence, fencesIn } from './markdown.js'

/**
 * Runs docs/tutorial.md: every `sh` fence with bash, in order, in one scratch directory with `sona` on the path. A fence marked
 * `serve` runs until the page ends; one marked `fails` must fail. The `text` fence that follows says what must come out.
 */
const root = join(import.meta.dirname, '../..')
const PORT_OF_THE_PAGE = '7662'

interface Step {
  readonly commands: Fence
  readonly expected: Fence | undefined
}

const steps: readonly Step[] = stepsOf(fencesIn(await readFile(join(root, 'docs/tutorial.md'), 'utf8')))

function stepsOf(fences: readonly Fence[]): Step[] {
  return fences.flatMap((fence, at) => {
    if (fence.language !== 'sh') return []
    const next = fences[at + 1]
    return [{ commands: fence, expected: next?.language === 'text' ? next : undefined }]
  })
}

let scratch: string
let port: string
let environment: NodeJS.ProcessEnv
let server: ChildProcess | undefined

beforeAll(async () => {
  scratch = await mkdtemp(join(tmpdir(), 'sona-tutorial-'))
  port = await freePort()
  const bin = join(scratch, 'bin')
  await mkdir(bin)
  await writeFile(join(bin, 'sona'), `#!/bin/sh\nexec "${process.execPath}" "${join(root, 'dist/cli/main.js')}" "$@"\n`)
  await chmod(join(bin, 'sona'), 0o755)
  const { DATABASE_URL: _url, SONA_HOME: _home, ...others } = process.env
  environment = { ...others, PATH: `${bin}:${process.env.PATH}` }
})

afterAll(async () => {
  if (server?.exitCode === null) server.kill('SIGKILL')
  await rm(scratch, { recursive: true, force: true })
})

interface Run {
  readonly code: number | null
  /** Standard output and standard error as a terminal would show them. */
  readonly output: string
}

/** Starts bash on a script; what it says goes to `said` as it comes. */
function bash(script: string, said: (text: string) => void): ChildProcess {
  const child = spawn('bash', ['-euo', 'pipefail', '-c', `exec 2>&1\n${script.replaceAll(PORT_OF_THE_PAGE, port)}`], {
    cwd: scratch,
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  child.stdout?.setEncoding('utf8').on('data', said)
  return child
}

async function run(script: string): Promise<Run> {
  let output = ''
  const child = bash(script, (text) => {
    output += text
  })
  const [code] = (await once(child, 'close')) as [number | null]
  return { code, output: output.replaceAll(port, PORT_OF_THE_PAGE) }
}

/** Starts a server and waits until it says that it answers. */
async function serve(script: string): Promise<ChildProcess> {
  let output = ''
  return new Promise((resolve, reject) => {
    const child = bash(`exec ${script}`, (text) => {
      output += text
      if (output.includes('Sona answers at')) resolve(child)
    })
    child.once('close', (code) => reject(new Error(`The server ended with ${code} before it answered:\n${output}`)))
  })
}

async function freePort(): Promise<string> {
  const probe = createServer().listen(0, '127.0.0.1')
  await once(probe, 'listening')
  const { port: free } = probe.address() as { port: number }
  probe.close()
  return String(free)
}

/** Which line of `expected` is not in `output`, in order; `…` stands for anything on the same line. */
function missingLine(expected: string, output: string): string | undefined {
  let from = 0
  for (const line of expected.split('\n')) {
    if (line.trim() === '') continue
    const pattern = line.split('…').map((part) => part.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&'))
    const found = new RegExp(pattern.join('[^\\n]*?')).exec(output.slice(from))
    if (found === null) return line
    from += found.index + found[0].length
  }
  return undefined
}

describe('the tutorial', () => {
  it('has steps, most of which show what comes out', () => {
    expect(steps.length).toBeGreaterThan(10)
    expect(steps.filter(({ expected }) => expected !== undefined).length).toBeGreaterThan(10)
  })

  for (const { commands, expected } of steps) {
    it(`works in line ${commands.line}: ${commands.text.split('\n')[0].slice(0, 80)}`, { timeout: 300_000 }, async () => {
      if (commands.marks.includes('serve')) {
        server = await serve(commands.text)
        return
      }
      // The page says to stop the server before its next part; a command on the same home is how one notices.
      if (server?.exitCode === null && !usesServer(commands)) await stop(server)
      const { code, output } = await run(commands.text)
      if (commands.marks.includes('fails')) expect(code, output).toBe(1)
      else expect(code, output).toBe(0)
      if (expected !== undefined) expect(missingLine(expected.text, output), output).toBeUndefined()
    })
  }

  it('leaves no server behind', () => expect(server?.exitCode).toBe(0))
})

const usesServer = ({ text, marks }: Fence): boolean => text.includes('curl') || marks.includes('fails')

async function stop(child: ChildProcess): Promise<void> {
  child.kill('SIGINT')
  await once(child, 'close')
}

describe('a step', () => {
  it('is wrong when a line is missing, comes too early, or differs where nothing is left open', () => {
    expect(missingLine('a\nb', 'a\nb')).toBeUndefined()
    expect(missingLine('a … c', 'a b c')).toBeUndefined()
    expect(missingLine('a\nb', 'b\na')).toBe('b')
    expect(missingLine('12 items', '13 items')).toBe('12 items')
    expect(missingLine('a … c', 'a b\nc')).toBe('a … c')
  })
})
