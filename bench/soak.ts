/**
 * Does the encoder keep its memory? Calls go on while one version of the models takes over from another again and again.
 *
 *   npm run build && node --max-semi-space-size=4 --import tsx bench/soak.ts [--calls 10000] [--swaps 50] [--encoder <dir> --encoder <dir>] [--most-growth 0.05]
 *
 * Without `--encoder`, two models of 19 MB with made-up weights. The memory of the process is read between swaps, when no call waits
 * and the main thread's garbage is collected: what it would have thrown away later is no leak. Nor is the room that V8 takes for what was made
 * lately, up to 48 MiB a thread over some thousand calls: the inference thread bounds its own, and the flag does it for the main thread.
 * What the first fifth of the swaps needs to settle is not counted; after that the last third must not need over 5 % more than the first
 * (`--most-growth`).
 * Exit code 1 when it does, or when a call failed.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createRandom } from '../src/domain/random.js'
import { addEncoder } from '../src/inference/add-encoder.js'
import type { Encoders } from '../src/inference/encoder.js'
import { openEncoders } from '../src/inference/open-encoders.js'
import { encoderDirectory } from '../src/inference/shelf.js'
import { writeTinyBert } from '../test/inference/tiny-bert.js'

const { values: flags } = parseArgs({
  options: {
    calls: { type: 'string', default: '10000' },
    swaps: { type: 'string', default: '50' },
    encoder: { type: 'string', multiple: true, default: [] },
    'most-growth': { type: 'string', default: '0.05' },
  },
})
const swaps = Number(flags.swaps)
const callsPerSwap = Math.ceil(Number(flags.calls) / swaps)
const WORDS = ['the', 'film', 'about', 'ship', 'space', 'love', 'war', 'dogs', 'a', 'in', 'x', '.']
const AT_ONCE = 4
const SETTLING_MS = 150

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const scratch = await mkdtemp(join(tmpdir(), 'sona-soak-'))
const random = createRandom(1)
try {
  const directories = flags.encoder.length > 1 ? flags.encoder : [await madeUp(1), await madeUp(2)]
  const encoders = await openEncoders(directories[0]!, { rememberedTexts: 100 })
  const memory: number[] = []
  const started = performance.now()
  for (let swap = 1; swap <= swaps; swap++) {
    const calls = callMany(encoders, callsPerSwap)
    await encoders.swap(directories[swap % directories.length]!)
    await calls
    await sleep(SETTLING_MS)
    collectGarbage()
    memory.push(process.memoryUsage.rss() / 2 ** 20)
  }
  await encoders.close()
  tell(memory, performance.now() - started)
} finally {
  await rm(scratch, { recursive: true })
}

async function madeUp(seed: number): Promise<string> {
  const config = {
    hidden_size: 256,
    num_attention_heads: 8,
    intermediate_size: 1_024,
    num_hidden_layers: 6,
    max_position_embeddings: 64,
  }
  const { directory } = await writeTinyBert(join(scratch, `model-${seed}`), { seed, config })
  return encoderDirectory(scratch, (await addEncoder(scratch, directory)).version)
}

/** Some callers at a time, each with one to eight texts of one to forty words. */
async function callMany(encoders: Encoders, calls: number): Promise<void> {
  let left = calls
  const caller = async (): Promise<void> => {
    while (left-- > 0) {
      const texts = Array.from({ length: 1 + random.below(8) }, () =>
        ['film', ...Array.from({ length: random.below(40) }, () => WORDS[random.below(WORDS.length)])].join(' '),
      )
      const { values, dimensions } = await encoders.encodeTexts(texts, { deadlineMs: 60_000 })
      if (values.length !== texts.length * dimensions || !values.every(Number.isFinite))
        throw new Error('A call came back incomplete.')
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, caller))
}

function tell(memory: readonly number[], ms: number): void {
  const settled = memory.slice(Math.ceil(memory.length / 5))
  const third = Math.max(1, Math.floor(settled.length / 3))
  const [first, last] = [median(settled.slice(0, third)), median(settled.slice(-third))]
  const growth = last / first - 1
  console.log(`${swaps} swaps and ${swaps * callsPerSwap} calls in ${(ms / 1_000).toFixed(0)} s`)
  console.log(`memory in MiB between swaps: ${memory.map((each) => each.toFixed(0)).join(' ')}`)
  console.log(`median of the first third ${first.toFixed(0)}, of the last ${last.toFixed(0)}: ${(100 * growth).toFixed(1)} %`)
  if (growth > Number(flags['most-growth'])) process.exitCode = 1
}

function median(values: readonly number[]): number {
  const sorted = Float64Array.from(values).sort()
  return (sorted[(sorted.length - 1) >> 1]! + sorted[sorted.length >> 1]!) / 2
}
