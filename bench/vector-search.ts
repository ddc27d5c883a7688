/**
 * What comparing a vector with all others costs, and what a graph index saves and misses.
 *
 *   npx tsx bench/vector-search.ts                       exact scans, beside the time it takes to read the same memory
 *   npx tsx bench/vector-search.ts --database <url>      on the vectors in use there: pgvector's graphs, and libraries where they are
 *                                                        installed (npm install --no-save usearch@2.25.3 hnswlib-node@3.0.0)
 *
 * Medians of turns, and the shortest, which other programs disturb least. The floor is a product of the memory with itself, which does little but read it.
 */
import { createRequire } from 'node:module'
import { parseArgs } from 'node:util'
import { createRandom } from '../src/domain/random.js'
import * as bitmap from '../src/math/bitmap.js'
import { createKernels } from '../src/math/kernels.js'
import { createArena } from '../src/math/memory.js'
import { quantise } from '../src/math/quantise.js'
import { openDatabase } from '../src/storage/open.js'
import { sqlStore } from '../src/storage/sql-store.js'
import { bestRows } from '../src/world/best-rows.js'
import { scan, scanBytes } from '../src/world/vector-scan.js'

const WIDTH = 512
const WANTED = 100
const ROUNDS = 15
const { values: given } = parseArgs({ options: { database: { type: 'string' } } })
const random = createRandom('bench/vector-search')

if (given.database === undefined) scans()
else await graphs(given.database)

function scans(): void {
  const rows = [25_000, 50_000, 100_000].map((count) => scanRow('f32', count))
  console.table([...rows, ...[100_000, 200_000, 400_000].map((count) => scanRow('int8', count))])
}

function scanRow(kind: 'f32' | 'int8', count: number): object {
  const kernels = createKernels(createArena(2 ** 30))
  const { arena } = kernels
  const memory = arena.u8(count * WIDTH * (kind === 'f32' ? 4 : 1))
  const values = new Float32Array(memory.buffer, memory.byteOffset, memory.length / 4)
  const bytes = new Int8Array(memory.buffer, memory.byteOffset, memory.length)
  const scales = arena.f32(count)
  for (let at = 0; at < count; at++) {
    // A thousand different ones, again and again: what they say does not change how long they take.
    const vector = at < 1_000 ? drawn() : undefined
    if (kind === 'f32') {
      if (vector) values.set(vector, at * WIDTH)
      else values.copyWithin(at * WIDTH, (at - 1_000) * WIDTH, (at - 999) * WIDTH)
    } else if (vector) scales[at] = quantise(vector, bytes.subarray(at * WIDTH, (at + 1) * WIDTH))
    else {
      bytes.copyWithin(at * WIDTH, (at - 1_000) * WIDTH, (at - 999) * WIDTH)
      scales[at] = scales[at - 1_000]!
    }
  }
  const query = drawn()
  const scores = arena.f32(count)
  const few = bitmap.create(count)
  for (let at = 0; at < count; at += 100) bitmap.set(few, at)
  const scratch = (work: () => void) => () => {
    const mark = arena.mark()
    work()
    arena.release(mark)
  }
  const ms = medians({
    scan: scratch(() =>
      kind === 'f32' ? scan(values, query, scores, kernels) : scanBytes({ bytes, scales }, query, scores, kernels),
    ),
    'pick 100 of 1 %': scratch(() => bestRows(scores, few, WANTED, kernels)),
    floor: () => void kernels.dot(values, values),
  })
  return {
    kind,
    vectors: count,
    MiB: Math.round(memory.length / 2 ** 20),
    ...ms,
    'GB/s': Number((memory.length / ms.scan! / 1e6).toFixed(1)),
  }
}

interface Graph {
  readonly name: string
  readonly buildSeconds: number
  find(query: Float32Array, among?: ReadonlySet<number>): Promise<readonly number[]>
}

async function graphs(url: string): Promise<void> {
  const database = await openDatabase({ databaseUrl: url })
  const { embeddings } = sqlStore(database)
  const version = (await embeddings.current())?.version
  if (version === undefined) throw new Error('There are no vectors there: sona encoders run')
  const numbers: number[] = []
  const vectors: Float32Array[] = []
  for await (const { itemNos, values } of embeddings.all(version, 1_000)) {
    for (const [at, itemNo] of itemNos.entries()) {
      numbers.push(itemNo)
      vectors.push(values.slice(at * WIDTH, (at + 1) * WIDTH))
    }
  }
  const queries = Array.from({ length: 60 }, (_, n) => vectors[(n * 7_919) % vectors.length]!)
  const few = new Set(numbers.filter((_, at) => at % 100 === 0))
  const made: Graph[] = []
  for (const build of [pgvector, ivfflat, hnswlib, usearch]) {
    const graph = await build()
    if (graph !== undefined) made.push(graph)
  }
  const rows = []
  for (const graph of made) {
    const [recalls, full, times]: [number[], number[], number[]] = [[], [], []]
    for (const query of queries) {
      const started = performance.now()
      const found = await graph.find(query)
      times.push(performance.now() - started)
      const exact = exactly(query)
      recalls.push(found.filter((itemNo) => exact.has(itemNo)).length / WANTED)
      full.push((await graph.find(query, few)).filter((itemNo) => few.has(itemNo)).length / Math.min(WANTED, few.size))
    }
    const mean = (list: readonly number[]): number => Number((list.reduce((a, b) => a + b, 0) / list.length).toFixed(4))
    const sorted = times.sort((a, b) => a - b)
    rows.push({
      index: graph.name,
      'build s': Number(graph.buildSeconds.toFixed(1)),
      'recall@100': mean(recalls),
      'median ms': Number(sorted[30]!.toFixed(2)),
      'longest ms': Number(sorted.at(-1)!.toFixed(2)),
      'list filled at 1 %': mean(full),
    })
  }
  console.log(`${vectors.length} vectors of ${version}`)
  console.table(rows)
  await database.close()

  function exactly(query: Float32Array): ReadonlySet<number> {
    const cosines = vectors.map((vector, at) => ({ at, cosine: dot(vector, query) }))
    return new Set(
      cosines
        .sort((a, b) => b.cosine - a.cosine)
        .slice(0, WANTED)
        .map(({ at }) => numbers[at]!),
    )
  }

  async function pgvector(): Promise<Graph> {
    return {
      name: 'pgvector HNSW, as Sona asks it',
      buildSeconds: Number.NaN, // made by `sona encoders run`
      find: async (query, among) =>
        (await embeddings.nearest(version!, query, { limit: WANTED, ...(among && { among: Int32Array.from(among) }) })).map(
          ({ itemNo }) => itemNo,
        ),
    }
  }

  /** Lists of like vectors, of which some are read: made and dropped here. */
  async function ivfflat(): Promise<Graph> {
    const started = performance.now()
    await database.query({ text: 'drop table if exists bench_ivfflat' })
    await database.query({
      text: 'create table bench_ivfflat as select e.item_no, e.embedding from sona.item_embeddings e join sona.embedding_versions v using (version_no) where v.model_version = $1',
      values: [version!],
    })
    await database.query({
      text: `create index on bench_ivfflat using ivfflat (embedding vector_ip_ops) with (lists = ${Math.round(Math.sqrt(vectors.length))})`,
    })
    return {
      name: 'pgvector ivfflat, 20 lists read',
      buildSeconds: (performance.now() - started) / 1000,
      find: (query, among) =>
        database.transaction(async (transaction) => {
          await transaction.query({ text: 'set local ivfflat.probes = 20' })
          const rows = await transaction.query<{ item_no: number }>({
            text: `select item_no from bench_ivfflat ${among ? `where item_no in (${[...among].join(',')})` : ''} order by embedding <#> $1::vector limit ${WANTED}`,
            values: [`[${query.join(',')}]`],
          })
          return rows.map(({ item_no }) => item_no)
        }),
    }
  }

  async function hnswlib(): Promise<Graph | undefined> {
    const library = installed('hnswlib-node')
    if (library === undefined) return undefined
    const started = performance.now()
    const index = new library.HierarchicalNSW('ip', WIDTH)
    index.initIndex(vectors.length, 16, 200, 1)
    for (const [at, vector] of vectors.entries()) index.addPoint([...vector], at)
    index.setEf(400)
    return {
      name: 'hnswlib-node, ef 400',
      buildSeconds: (performance.now() - started) / 1000,
      find: async (query, among) => {
        const filter = among && ((at: number) => among.has(numbers[at]!))
        return (index.searchKnn([...query], WANTED, filter).neighbors as number[]).map((at) => numbers[at]!)
      },
    }
  }

  async function usearch(): Promise<Graph | undefined> {
    const library = installed('usearch')
    if (library === undefined) return undefined
    const started = performance.now()
    const index = new library.Index({
      dimensions: WIDTH,
      metric: 'ip',
      connectivity: 16,
      expansion_add: 200,
      expansion_search: 400,
    })
    for (const [at, vector] of vectors.entries()) index.add(BigInt(at), vector)
    return {
      name: 'usearch, expansion 400 (no filter in its JavaScript)',
      buildSeconds: (performance.now() - started) / 1000,
      find: async (query) => Array.from(index.search(query, WANTED, 1).keys as BigUint64Array, (at) => numbers[Number(at)]!),
    }
  }
}

// biome-ignore lint/suspicious/noExplicitAny: libraries that are not the package's own, and may be absent
function installed(name: string): any {
  try {
    return createRequire(import.meta.url)(name)
  } catch {
    console.log(`${name} is not installed`)
    return undefined
  }
}

function medians(work: Readonly<Record<string, () => void>>): Record<string, number> {
  const times = new Map(Object.keys(work).map((name) => [name, [] as number[]]))
  for (let round = 0; round < ROUNDS + 5; round++) {
    for (const [name, run] of Object.entries(work)) {
      const started = performance.now()
      run()
      if (round >= 5) times.get(name)?.push(performance.now() - started)
    }
  }
  const rounded = (ms: number): number => Number(ms.toFixed(2))
  return Object.fromEntries(
    [...times].flatMap(([name, list]) => {
      const sorted = list.sort((a, b) => a - b)
      return [
        [name, rounded(sorted[list.length >> 1]!)],
        [`${name}, shortest`, rounded(sorted[0]!)],
      ]
    }),
  )
}

function drawn(): Float32Array {
  const vector = Float32Array.from({ length: WIDTH }, () => random.next() - 0.5)
  const length = Math.sqrt(dot(vector, vector))
  return vector.map((value) => value / length)
}

function dot(a: Float32Array, b: Float32Array): number {
  let sum = 0
  for (let at = 0; at < a.length; at++) sum += a[at]! * b[at]!
  return sum
}
