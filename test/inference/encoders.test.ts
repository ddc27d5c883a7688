import { copyFile, mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { addEncoder } from '../../src/inference/add-encoder.js'
import type { Encoders } from '../../src/inference/encoder.js'
import { encoderWorker } from '../../src/inference/encoder-worker.js'
import { sealEncoder } from '../../src/inference/manifest.js'
import { createGraph } from '../../src/inference/onnx/graph.js'
import { type EncodersOptions, openEncoders } from '../../src/inference/open-encoders.js'
import { encoderDirectory } from '../../src/inference/shelf.js'
import { plainBert } from '../reference/bert.js'
import { type TinyBert, writeTinyBert } from './tiny-bert.js'

let home: string
let tiny: TinyBert
let directory: string

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'sona-encoders-'))
  tiny = await writeTinyBert(join(home, 'tiny'))
  directory = encoderDirectory(home, (await addEncoder(home, tiny.directory)).version)
})
afterAll(() => rm(home, { recursive: true, force: true }))

const opened: Encoders[] = []
async function open(options: EncodersOptions = {}, from = directory): Promise<Encoders> {
  const encoders = await openEncoders(from, options)
  opened.push(encoders)
  return encoders
}
afterEach(() => Promise.all(opened.splice(0).map((encoders) => encoders.close())))

const row = (values: Float32Array, place: number, width = 16): number[] => [...values.slice(place * width, (place + 1) * width)]

/** What the tiny model says of these tokens, by the slow twin. */
function plainly(bert: TinyBert, tokens: readonly number[], pooling: 'mean' | 'first' = 'mean'): number[] {
  const config = bert.config as Record<string, number>
  const act = { gelu: 'gelu', gelu_new: 'gelu-tanh', relu: 'relu' }[String(bert.config.hidden_act)] as 'gelu'
  return plainBert(
    {
      layers: config.num_hidden_layers!,
      heads: config.num_attention_heads!,
      width: config.hidden_size!,
      innerWidth: config.intermediate_size!,
      activation: act,
      layerNormEpsilon: config.layer_norm_eps!,
      firstPosition: bert.config.model_type === 'roberta' ? config.pad_token_id! + 1 : 0,
      weight: (name) => bert.tensors.get(name)!.data,
    },
    tokens,
    pooling,
  )
}

const close = (values: readonly number[]): unknown[] => values.map((value) => expect.closeTo(value, 5))

describe('a converted model', () => {
  it('gives the numbers of the slow twin, whatever stands beside a text in its batch', async () => {
    const { encodeTexts } = await open()
    const { values, cut, dimensions } = await encodeTexts(['the film', 'a film about dogs in space .', 'ship'])
    expect(dimensions).toBe(16)
    expect(cut).toEqual([])
    expect(row(values, 0)).toEqual(close(plainly(tiny, [2, 4, 5, 3])))
    expect(row(values, 1)).toEqual(close(plainly(tiny, [2, 7, 5, 6, 13, 14, 9, 10, 17, 3])))
    expect(row(values, 2)).toEqual(close(plainly(tiny, [2, 8, 3])))
  })

  it.each([
    ['an approximate GELU', { hidden_act: 'gelu_new' }],
    ['ReLU', { hidden_act: 'relu' }],
    ['positions counted from behind the padding', { model_type: 'roberta', pad_token_id: 1, type_vocab_size: 1 }],
    ['four heads and one layer', { num_attention_heads: 4, num_hidden_layers: 1 }],
  ])('does so with %s', async (what, config) => {
    const bert = await writeTinyBert(join(home, what.replaceAll(' ', '-')), { seed: 5, config })
    const { version } = await addEncoder(home, bert.directory)
    const { values } = await (await open({}, encoderDirectory(home, version))).encodeTexts(['war about love'])
    expect(row(values, 0)).toEqual(close(plainly(bert, [2, 12, 6, 11, 3])))
  })

  it('takes the first token where the model was made so', async () => {
    const bert = await writeTinyBert(join(home, 'first'), { seed: 6 })
    await mkdir(join(bert.directory, '1_Pooling'))
    await writeFile(join(bert.directory, '1_Pooling/config.json'), JSON.stringify({ pooling_mode_cls_token: true }))
    const { version } = await addEncoder(home, bert.directory)
    const { values } = await (await open({}, encoderDirectory(home, version))).encodeTexts(['war'])
    expect(row(values, 0)).toEqual(close(plainly(bert, [2, 12, 3], 'first')))
  })

  it('computes the same in WebAssembly, where the native library does not load', async () => {
    const texts = ['the film', 'a film about dogs in space .']
    const [native, web] = [await open({ runtime: 'native' }), await open({ runtime: 'wasm' })]
    expect([native.health().runtime, web.health().runtime]).toEqual(['native', 'wasm'])
    const [expected, found] = [await native.encodeTexts(texts), await web.encodeTexts(texts)]
    expect([...found.values]).toEqual(close([...expected.values]))
  })
})

describe('texts that are not as a model wants them', () => {
  it('are cut at the limit, and that is said', async () => {
    const { encodeTexts } = await open()
    const { values, cut } = await encodeTexts(['dog '.repeat(300), 'dog', 'dog '.repeat(18)])
    expect(cut).toEqual([0])
    expect(row(values, 0)).toEqual(close(plainly(tiny, [2, ...Array.from({ length: 18 }, () => 13), 3])))
    expect(row(values, 2)).toEqual(close(row(values, 0)))
  })

  it('of a megabyte are cut too, before they cost a second', async () => {
    const { encodeTexts } = await open()
    const start = performance.now()
    const { cut } = await encodeTexts(['space dog '.repeat(100_000)])
    expect(cut).toEqual([0])
    expect(performance.now() - start).toBeLessThan(1_000)
  })

  it.each([
    ['nothing', ''],
    ['blanks', ' \n\t '],
    ['emoji', '🎬🍿'],
    ['a script that the model never saw', 'Солярис'],
  ])('of %s have no vector, which is NaN and not a number like another', async (_, text) => {
    const { encodeTexts } = await open()
    const { values } = await encodeTexts(['film', text])
    expect(row(values, 0).every(Number.isFinite)).toBe(true)
    expect(row(values, 1).every(Number.isNaN)).toBe(true)
  })

  it('of other scripts and with half a surrogate pair do what they can', async () => {
    const { encodeTexts } = await open()
    const { values } = await encodeTexts(['ゴ film', 'film \ud83c dog', 'a film, ﷽ 電影'])
    expect([...values].every(Number.isFinite)).toBe(true)
  })
})

describe('calls', () => {
  it('that come at once share batches', async () => {
    const encoders = await open()
    const before = await encoders.statistics()
    await Promise.all(['the', 'film', 'about', 'a', 'ship'].map((text) => encoders.encodeTexts([text])))
    const after = await encoders.statistics()
    expect(after.rows - before.rows).toBe(5)
    expect(after.batches - before.batches).toBeLessThan(3)
  })

  it('for texts that were asked a moment ago do not ask the model again', async () => {
    const encoders = await open()
    const first = await encoders.encodeTexts(['space war', 'dog '.repeat(30)])
    const { rows } = await encoders.statistics()
    const again = await encoders.encodeTexts(['dog '.repeat(30), 'ship', 'space war'])
    expect((await encoders.statistics()).rows).toBe(rows + 1)
    expect(row(again.values, 2)).toEqual(row(first.values, 0))
    expect(again.cut).toEqual([0])
  })

  it('end with ENCODER_TIMEOUT at their deadline, and their work is dropped', async () => {
    const encoders = await open()
    const many = Array.from({ length: 40_000 }, (_, i) => `${'dog '.repeat(1 + (i % 15))}ship`)
    await expect(encoders.encodeTexts(many, { deadlineMs: 30 })).rejects.toMatchObject({ code: 'ENCODER_TIMEOUT' })
    await encoders.encodeTexts(['film'])
    const { rows } = await encoders.statistics()
    await sleep(50)
    expect((await encoders.statistics()).rows).toBe(rows)
    expect(rows).toBeLessThan(40_000)
  })

  it('end with the reason of whoever gives them up', async () => {
    const encoders = await open()
    const controller = new AbortController()
    const call = encoders.encodeTexts(
      Array.from({ length: 40_000 }, (_, i) => 'dog '.repeat(1 + (i % 15))),
      { signal: controller.signal },
    )
    setTimeout(() => controller.abort(new Error('the caller left')), 20)
    await expect(call).rejects.toThrow('the caller left')
    await expect(encoders.encodeTexts(['film'], { signal: controller.signal })).rejects.toThrow('the caller left')
  })

  it('are told to whoever listens, however they end', async () => {
    const encoders = await open()
    const told: string[] = []
    const stop = encoders.listen(({ kind, count, outcome }) => told.push(`${kind} ${count} ${outcome}`))
    await encoders.encodeTexts(['film', 'dog'])
    await encoders
      .encodeTexts(
        Array.from({ length: 40_000 }, () => 'dog ship'),
        { deadlineMs: 5 },
      )
      .catch(() => {})
    await encoders.encodeItems([]).catch(() => {})
    stop()
    await encoders.encodeTexts(['ship'])
    expect(told).toEqual(['texts 2 ok', 'texts 40000 ENCODER_TIMEOUT', 'items 0 ENCODER_UNAVAILABLE'])
  })

  it('fail with SHUTTING_DOWN when the encoder is closed', async () => {
    const encoders = await openEncoders(directory)
    const call = encoders.encodeTexts(Array.from({ length: 40_000 }, (_, i) => 'dog '.repeat(1 + (i % 15))))
    const failed = expect(call).rejects.toMatchObject({ code: 'SHUTTING_DOWN' })
    await sleep(20)
    await encoders.close()
    await failed
    await expect(encoders.encodeTexts(['film'])).rejects.toMatchObject({ code: 'SHUTTING_DOWN' })
  })
})

describe('a thread that dies', () => {
  it('is started again; its calls fail with ENCODER_UNAVAILABLE, later ones are answered', async () => {
    const problems: string[] = []
    const worker = encoderWorker({
      ...{ threads: 1, mostRows: 64, mostTokens: 1_024, waitMs: 2, runtime: undefined },
      entry: new URL('./mortal-thread.mjs', import.meta.url),
      onProblem: (what) => problems.push(what),
    })
    try {
      await worker.open(directory)
      const long = worker.encode(
        'encodeTexts',
        Array.from({ length: 40_000 }, (_, i) => 'dog '.repeat(1 + (i % 15))),
        {},
      )
      const deadly = worker.encode('encodeTexts', ['die now'], {})
      await expect(long).rejects.toMatchObject({ code: 'ENCODER_UNAVAILABLE' })
      await expect(worker.encode('encodeTexts', ['film'], {})).rejects.toMatchObject({ code: 'ENCODER_UNAVAILABLE' })
      await deadly.catch(() => {}) // answered before the end, or not

      while (!worker.health().isAvailable) await sleep(10)
      expect(worker.health().restarts).toBe(1)
      const { values } = await worker.encode('encodeTexts', ['the film'], {})
      expect(row(values, 0)).toEqual(close(plainly(tiny, [2, 4, 5, 3])))
      expect(problems).toEqual(['The inference thread died and is being started again.'])
    } finally {
      await worker.close()
    }
  })

  it('is tried again and again when its files are gone for a while', async () => {
    const place = await mkdtemp(join(home, 'moving-'))
    for (const name of ['encoder.json', 'text_encoder.onnx', 'tokenizer.json'])
      await copyFile(join(directory, name), join(place, name))
    const problems: string[] = []
    const worker = encoderWorker({
      ...{ threads: 1, mostRows: 64, mostTokens: 1_024, waitMs: 2, runtime: undefined },
      entry: new URL('./mortal-thread.mjs', import.meta.url),
      onProblem: (what) => problems.push(what),
    })
    try {
      await worker.open(place)
      await rm(join(place, 'text_encoder.onnx'))
      await worker.encode('encodeTexts', ['die now'], {}).catch(() => {})
      while (!problems.includes('The encoder could not be loaded again.')) await sleep(10)
      expect(worker.health().isAvailable).toBe(false)
      await copyFile(join(directory, 'text_encoder.onnx'), join(place, 'text_encoder.onnx'))
      while (!worker.health().isAvailable) await sleep(10)
      expect((await worker.encode('encodeTexts', ['the film'], {})).version).toMatch(/^tiny-/)
    } finally {
      await worker.close()
    }
  })
})

describe('another version', () => {
  let other: string
  beforeAll(async () => {
    const bert = await writeTinyBert(join(home, 'other'), { seed: 2 })
    other = encoderDirectory(home, (await addEncoder(home, bert.directory)).version)
  })

  it('takes over without a call that fails, and calls that began before end on the old one', async () => {
    const encoders = await open()
    const before = encoders.version
    const many = Array.from({ length: 3_000 }, (_, i) => 'dog '.repeat(1 + (i % 15)))
    const long = encoders.encodeTexts(many)
    const swap = encoders.swap(other)
    const versions = new Set<string>()
    for (let isDone = false; !isDone; ) {
      versions.add((await encoders.encodeTexts(['film'])).version)
      isDone = await Promise.race([swap.then(() => true), sleep(1, false)])
    }
    versions.add((await encoders.encodeTexts(['film'])).version)
    expect((await long).version).toBe(before)
    expect([...versions]).toEqual([before, encoders.version])
    expect(encoders.version).not.toBe(before)
  })

  it('that cannot be used changes nothing', async () => {
    const encoders = await open()
    const before = encoders.version
    await expect(encoders.swap(join(home, 'nowhere'))).rejects.toMatchObject({ code: 'INVALID_ENCODER' })
    expect(encoders.version).toBe(before)
    expect((await encoders.encodeTexts(['film'])).version).toBe(before)
  })
})

describe('files that do not fit', () => {
  /** A copy of the good encoder with one thing changed. */
  async function broken(what: string, change: (place: string) => Promise<void>): Promise<string> {
    const place = await mkdtemp(join(home, `broken-${what}-`))
    for (const name of ['encoder.json', 'text_encoder.onnx', 'tokenizer.json'])
      await copyFile(join(directory, name), join(place, name))
    await change(place)
    return place
  }
  const refused = (from: string, message: RegExp) =>
    expect(openEncoders(from)).rejects.toMatchObject({ code: 'INVALID_ENCODER', message: expect.stringMatching(message) })

  /** As if the manifest had been written for the files that are there now. */
  async function resealed(place: string, fields: object = {}): Promise<void> {
    const manifest = JSON.parse(await readFile(join(place, 'encoder.json'), 'utf8'))
    await sealEncoder(place, { name: manifest.name, text: { ...manifest.text, ...fields } })
  }

  it('are refused when there is no encoder.json, or another kind of one', async () => {
    await refused(await broken('none', (place) => rm(join(place, 'encoder.json'))), /has no encoder\.json.*sona encoders add/)
    await refused(await broken('half', (place) => writeFile(join(place, 'encoder.json'), '{"form')), /damaged/)
    await refused(
      await broken('old', (place) => writeFile(join(place, 'encoder.json'), '{"formatVersion": 7}')),
      /of format 7.*reads format 1/,
    )
  })

  it('are refused when one is missing or damaged', async () => {
    await refused(await broken('missing', (place) => rm(join(place, 'text_encoder.onnx'))), /has no text_encoder\.onnx/)
    const changed = await broken('changed', async (place) => {
      const bytes = await readFile(join(place, 'text_encoder.onnx'))
      bytes[bytes.length >> 1]! ^= 1
      await writeFile(join(place, 'text_encoder.onnx'), bytes)
    })
    await refused(changed, /damaged text_encoder\.onnx: its SHA-256 should be/)
  })

  it('are refused when the model is no model', async () => {
    const place = await broken('noise', async (each) => {
      await writeFile(join(each, 'text_encoder.onnx'), new Uint8Array(1_000).fill(77))
      await resealed(each)
    })
    await refused(place, /text_encoder\.onnx that ONNX Runtime cannot load/)
  })

  it('are refused when the model takes other inputs, saying which and which were expected', async () => {
    const place = await broken('inputs', async (each) => {
      const graph = createGraph('other')
      const x = graph.input('pixels', 'float32', ['n', 16])
      graph.output('embedding', x, 'float32', ['n', 16])
      await writeFile(join(each, 'text_encoder.onnx'), graph.bytes())
      await resealed(each)
    })
    await refused(place, /with the inputs pixels \(float32\); expected input_ids \(int64\), attention_mask \(int64\)/)
  })

  it('are refused when the vectors have another width, saying both', async () => {
    const place = await broken('width', (each) => resealed(each, { dimensions: 32 }))
    await refused(place, /whose vectors have 16 numbers; expected 32/)
  })

  it('are refused when the model reads fewer tokens than is said', async () => {
    const place = await broken('tokens', (each) => resealed(each, { mostTokens: 64 }))
    await refused(place, /cannot read what its tokenizer writes/)
  })

  it('are refused when the tokenizer is damaged, or belongs to another model', async () => {
    const damaged = await broken('tokenizer', async (each) => {
      await writeFile(join(each, 'tokenizer.json'), '{"model": {"type": "NoSuchKind"}}')
      await resealed(each)
    })
    await refused(damaged, /tokenizer\.json that cannot be used/)
    const foreign = await broken('foreign', async (each) => {
      const json = JSON.parse(await readFile(join(each, 'tokenizer.json'), 'utf8'))
      json.model.vocab['##zz'] = 5_000
      await writeFile(join(each, 'tokenizer.json'), JSON.stringify(json))
      await resealed(each)
    })
    await refused(foreign, /cannot read what its tokenizer writes/)
  })

  it('with weights that are no numbers never give a vector', async () => {
    const bert = await writeTinyBert(join(home, 'poison'), {
      spoil: (tensors) => tensors.get('embeddings.word_embeddings.weight')!.data.fill(Number.NaN, 13 * 16, 14 * 16), // 'dog'
    })
    const { version } = await addEncoder(home, bert.directory)
    const encoders = await open({}, encoderDirectory(home, version))
    const [good, bad] = await Promise.allSettled([encoders.encodeTexts(['film']), encoders.encodeTexts(['film', 'dog'])])
    expect(good.status).toBe('fulfilled')
    expect(bad).toMatchObject({ reason: { code: 'ENCODER_OUTPUT_INVALID', details: { place: 1 } } })
  })
})

describe('a directory that somebody brings', () => {
  const brought = (change: (place: string) => Promise<void>, options = {}) =>
    (async () => {
      const place = await mkdtemp(join(home, 'brought-'))
      await writeTinyBert(place, { seed: 9, ...options })
      await change(place)
      return await addEncoder(home, place)
    })()
  const refused = (result: Promise<unknown>, message: RegExp, code = 'INVALID_FILE') =>
    expect(result).rejects.toMatchObject({ code, message: expect.stringMatching(message) })

  it('must have what is needed', async () => {
    await refused(addEncoder(home, join(home, 'nowhere')), /no directory/, 'FILE_NOT_FOUND')
    await refused(
      brought((place) => rm(join(place, 'tokenizer.json'))),
      /no tokenizer\.json/,
    )
    await refused(
      brought((place) => rm(join(place, 'model.safetensors'))),
      /neither a model\.onnx nor a model\.safetensors/,
    )
    await refused(
      brought((place) => rm(join(place, 'config.json'))),
      /no config\.json/,
    )
  })

  it('must be of a family that can be converted, and whole', async () => {
    await refused(
      brought(async () => {}, { config: { model_type: 'gpt2' } }),
      /type 'gpt2'.*model\.onnx/,
    )
    await refused(
      brought(async () => {}, { config: { hidden_act: 'swish' } }),
      /activation 'swish'/,
    )
    await refused(
      brought((place) => writeFile(join(place, 'model.safetensors'), 'no such thing')),
      /no safetensors file/,
    )
    await refused(
      brought(async (place) =>
        writeFile(join(place, 'model.safetensors'), (await readFile(join(place, 'model.safetensors'))).subarray(0, 9_000)),
      ),
      /ends within/,
    )
    await refused(
      brought(async () => {}, { spoil: (tensors: Map<string, unknown>) => tensors.delete('encoder.layer.1.output.dense.bias') }),
      /no tensor 'encoder\.layer\.1\.output\.dense\.bias'/,
    )
    await refused(
      brought(async () => {}, { config: { vocab_size: 500 } }),
      /knows 19 tokens and the model 500/,
    )
  })

  it('may have its weights in half precision', async () => {
    const place = join(home, 'halves')
    const bert = await writeTinyBert(place, { seed: 3 })
    await writeFile(join(place, 'model.safetensors'), brainFloats(bert))
    const { version } = await addEncoder(home, place)
    const { values } = await (await open({}, encoderDirectory(home, version))).encodeTexts(['war about love'])
    const exact = plainly(bert, [2, 12, 6, 11, 3])
    const cosine = exact.reduce((sum, value, i) => sum + value * values[i]!, 0)
    expect(cosine).toBeGreaterThan(0.999)
    expect(cosine).toBeLessThan(1)
  })

  it('may bring its own graph, with a vector for each token', async () => {
    const place = join(home, 'own-graph')
    await writeTinyBert(place)
    const graph = createGraph('tokens')
    const ids = graph.input('input_ids', 'int64', ['n', 'L'])
    graph.input('attention_mask', 'int64', ['n', 'L'])
    graph.input('token_type_ids', 'int64', ['n', 'L'])
    const table = Float32Array.from({ length: 19 * 16 }, (_, i) => Math.sin(i))
    const rows = graph.apply('Gather', [graph.constant([19, 16], table), ids], { axis: { int: 0 } })
    graph.output('last_hidden_state', rows, 'float32', ['n', 'L', 16])
    await writeFile(join(place, 'model.onnx'), graph.bytes())
    const { version } = await addEncoder(home, place)
    const { values } = await (await open({}, encoderDirectory(home, version))).encodeTexts(['dog', 'war about love'])
    const mean = [...Array(16).keys()].map((i) => [2, 13, 3].reduce((sum, token) => sum + table[token * 16 + i]!, 0))
    expect(row(values, 0)).toEqual(close(mean.map((value) => value / Math.hypot(...mean))))
  })

  it('is the same version when it is brought again', async () => {
    expect((await addEncoder(home, tiny.directory)).version).toBe((await addEncoder(home, tiny.directory)).version)
  })
})

/** The model's weights as a safetensors file of bfloat16. */
function brainFloats({ tensors }: TinyBert): Uint8Array {
  let at = 0
  const header: Record<string, unknown> = {}
  const halves: Uint8Array[] = []
  for (const [name, { shape, data }] of tensors) {
    const bits = new Uint32Array(data.buffer.slice(0))
    const bytes = new Uint8Array(Uint16Array.from(bits, (each) => each >>> 16).buffer)
    header[name] = { dtype: 'BF16', shape, data_offsets: [at, at + bytes.length] }
    at += bytes.length
    halves.push(bytes)
  }
  const text = Buffer.from(JSON.stringify(header))
  const length = Buffer.alloc(8)
  length.writeBigUInt64LE(BigInt(text.length))
  return Buffer.concat([length, text, ...halves])
}
