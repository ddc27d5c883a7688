/**
 * Sona and its peers on one split, in one run, in one table:
 *
 *   npm run build && bench/peers/setup.sh
 *   npx tsx bench/peers/run.ts --from movielens:<dir> --protocol leave-last-out
 *
 * It writes the split, lets every peer choose its options on the validation fold with the same number of trials and rank for all questions
 * (peer.py), judges the lists with `sona evaluate --ranked` beside our own rows, and appends the result to bench/results/peers. Then
 * `npm run docs` makes the table in docs/benchmarks.md. What stands after `--` is passed on to `sona evaluate`, e.g. `-- --models ease`.
 *
 *   --peers <names>   only these, separated by commas; `python bench/peers/peer.py list` names all
 *   --trials <n>      options tried by each peer, its defaults first (default: 12)
 *   --seconds <n>     no further trial of a peer is begun after this (default: 150)
 *   --per-user, --relevant, --random-train, --seed   as of `sona evaluate`; they are part of the split
 *   --python <file>   default: .scratch/peers-venv/bin/python; a package may have its own, .scratch/peers-venv-<package>
 *   --reuse           keep lists of an earlier run that are for this very split: only our rows are made anew, timings are then of two runs
 */
import { execFileSync, spawnSync } from 'node:child_process'
import { createReadStream, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { cpus, totalmem } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { parseArgs } from 'node:util'
import { createGunzip } from 'node:zlib'
import type { Evaluation } from '../../src/evaluation/evaluation.js'
import { type PeerDetails, type PeerRun, resultFile, runOf } from './result.js'

const { values: given, positionals: passedOn } = parseArgs({
  allowPositionals: true,
  options: {
    from: { type: 'string' },
    protocol: { type: 'string', default: 'leave-last-out' },
    peers: { type: 'string' },
    trials: { type: 'string', default: '12' },
    seconds: { type: 'string', default: '150' },
    seed: { type: 'string', default: '1' },
    'per-user': { type: 'string' },
    relevant: { type: 'string' },
    'random-train': { type: 'string' },
    python: { type: 'string', default: '.scratch/peers-venv/bin/python' },
    reuse: { type: 'boolean', default: false },
  },
})
if (given.from === undefined) throw new Error('Name the data, e.g. --from movielens:<dir>.')

const here = import.meta.dirname
const data = basename(given.from)
const variants = (['per-user', 'relevant', 'random-train'] as const).filter((name) => given[name] !== undefined)
const split = [...variants.flatMap((name) => [`--${name}`, String(given[name])]), '--seed', given.seed]
const label = [data, given.protocol, ...variants.map((name) => `${name}-${given[name]}`)].join('-')
const work = join('.scratch', 'peers', label)
mkdirSync(work, { recursive: true })

// One processor's tuning of a library may be set for another program; a peer must find its own.
const { OPENBLAS_CORETYPE: _core, OPENBLAS_L2_SIZE: _cache, ...environment } = process.env

const sona = (args: readonly string[]): string =>
  execFileSync(
    process.execPath,
    ['dist/cli/main.js', 'evaluate', '--from', String(given.from), '--protocol', given.protocol, ...split, ...args, '--json'],
    {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'inherit'],
      maxBuffer: 2 ** 28,
    },
  )

const splitAt = join(work, 'split')
const { fingerprint } = JSON.parse(sona(['--write-split', splitAt])) as { readonly fingerprint: string }

/** A peer's own environment where it has one, else that of all; without any, a Python that will say what is missing. */
const pythonOf = (name: string): string => {
  const environmentAt = dirname(dirname(given.python))
  const own = join(`${environmentAt}-${name.split('-')[0]}`, 'bin', 'python')
  return [own, given.python].find((path) => existsSync(path)) ?? 'python3'
}

const peer = (action: 'tune' | 'answer', name: string, args: readonly string[]): boolean =>
  spawnSync(pythonOf(name), [join(here, 'peer.py'), action, name, ...args], {
    env: environment,
    stdio: ['ignore', 'inherit', 'inherit'],
  }).status === 0

const names =
  given.peers?.split(',') ??
  execFileSync('python3', [join(here, 'peer.py'), 'list'], { encoding: 'utf8' })
    .trim()
    .split('\n')
const lists: { readonly name: string; readonly path: string }[] = []
for (const name of names) {
  const options = join(work, `${name}.json`)
  const path = join(work, `${name}.ndjson.gz`)
  if (!(given.reuse && (await headerOf(path)).fingerprint === fingerprint)) {
    const about = ['--split', splitAt, '--seed', given.seed]
    const ran =
      peer('tune', name, [...about, '--out', options, '--trials', given.trials, '--seconds', given.seconds]) &&
      peer('answer', name, [...about, '--options', options, '--out', path])
    if (!ran) throw new Error(`The peer ${name} failed; its own message stands above.`)
  }
  lists.push({ name, path })
}

sona([...passedOn, '--report', join(work, 'report'), '--ranked', ...lists.map(({ name, path }) => `${name}:${path}`)])
const evaluation = JSON.parse(readFileSync(join(work, 'report', 'evaluation.json'), 'utf8')) as Evaluation
const details = new Map<string, PeerDetails>()
for (const { name, path } of lists) {
  const header = await headerOf(path)
  if (header.details !== undefined) details.set(name, header.details)
}
const file = resultFile(label)
const earlier: readonly PeerRun[] = existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as PeerRun[]) : []
const machine = `${cpus().length} × ${cpus()[0]?.model ?? 'unknown'}, ${Math.round(totalmem() / 2 ** 30)} GiB`
const run = runOf(evaluation, {
  data,
  label,
  fingerprint,
  machine,
  reused: given.reuse,
  date: new Date().toISOString().slice(0, 10),
  details,
})
writeFileSync(file, `${JSON.stringify([...earlier, run], undefined, 1)}\n`)
console.log(`Appended to ${file}. \`npm run docs\` puts it into docs/benchmarks.md.`)

interface Header {
  readonly fingerprint?: string
  readonly details?: PeerDetails
}

async function headerOf(path: string): Promise<Header> {
  if (!existsSync(path)) return {}
  for await (const line of createInterface({ input: createReadStream(path).pipe(createGunzip()) }))
    return JSON.parse(line) as Header
  return {}
}
