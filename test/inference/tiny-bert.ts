import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createRandom } from '../../src/domain/random.js'

/** A BERT of some thousand numbers, made up from a seed, as hubs ship them: tokenizer.json, config.json, model.safetensors. */
export interface TinyBert {
  readonly directory: string
  readonly tensors: ReadonlyMap<string, { readonly shape: readonly number[]; readonly data: Float32Array }>
  readonly config: Readonly<Record<string, unknown>>
}

export interface TinyOptions {
  readonly seed?: number
  readonly config?: Readonly<Record<string, unknown>>
  /** Changes tensors before they are written. */
  readonly spoil?: (tensors: Map<string, { shape: readonly number[]; data: Float32Array }>) => void
}

const words = ['the', 'film', 'about', 'a', 'ship', 'in', 'space', 'love', 'war', 'dog', '##s', '##ing', 'x', '.', 'ゴ']
const special = ['[PAD]', '[UNK]', '[CLS]', '[SEP]']
const vocabulary = [...special, ...words]

export async function writeTinyBert(directory: string, { seed = 1, config = {}, spoil }: TinyOptions = {}): Promise<TinyBert> {
  const whole = {
    model_type: 'bert',
    num_hidden_layers: 2,
    num_attention_heads: 2,
    hidden_size: 16,
    intermediate_size: 24,
    hidden_act: 'gelu',
    vocab_size: vocabulary.length,
    max_position_embeddings: 20,
    type_vocab_size: 2,
    pad_token_id: 0,
    layer_norm_eps: 1e-12,
    ...config,
  }
  const tensors = tensorsOf(whole, seed)
  spoil?.(tensors)
  await mkdir(directory, { recursive: true })
  await writeFile(join(directory, 'config.json'), JSON.stringify(whole))
  await writeFile(join(directory, 'tokenizer.json'), JSON.stringify(tokenizer))
  await writeFile(join(directory, 'model.safetensors'), safetensors(tensors))
  return { directory, tensors, config: whole }
}

function tensorsOf(
  { hidden_size: width, intermediate_size: inner, ...config }: Record<string, number | string>,
  seed: number,
): Map<string, { shape: readonly number[]; data: Float32Array }> {
  const random = createRandom(seed)
  const tensors = new Map<string, { shape: readonly number[]; data: Float32Array }>()
  const put = (name: string, ...shape: number[]): void => {
    const length = shape.reduce((a, b) => a * b, 1)
    tensors.set(name, { shape, data: Float32Array.from({ length }, () => random.normal() * 0.5) })
  }
  const linear = (name: string, inputs: number, outputs: number): void => {
    put(`${name}.weight`, outputs, inputs)
    put(`${name}.bias`, outputs)
  }
  const norm = (name: string): void => {
    put(`${name}.weight`, w)
    put(`${name}.bias`, w)
  }
  const w = Number(width)
  const i = Number(inner)
  put('embeddings.word_embeddings.weight', Number(config.vocab_size), w)
  put('embeddings.position_embeddings.weight', Number(config.max_position_embeddings), w)
  put('embeddings.token_type_embeddings.weight', Number(config.type_vocab_size), w)
  norm('embeddings.LayerNorm')
  for (let layer = 0; layer < Number(config.num_hidden_layers); layer++) {
    const name = `encoder.layer.${layer}`
    for (const part of ['query', 'key', 'value']) linear(`${name}.attention.self.${part}`, w, w)
    linear(`${name}.attention.output.dense`, w, w)
    norm(`${name}.attention.output.LayerNorm`)
    linear(`${name}.intermediate.dense`, w, i)
    linear(`${name}.output.dense`, i, w)
    norm(`${name}.output.LayerNorm`)
  }
  return tensors
}

function safetensors(tensors: ReadonlyMap<string, { shape: readonly number[]; data: Float32Array }>): Uint8Array {
  let at = 0
  const header: Record<string, unknown> = {}
  for (const [name, { shape, data }] of tensors) {
    header[name] = { dtype: 'F32', shape, data_offsets: [at, at + data.byteLength] }
    at += data.byteLength
  }
  const text = new TextEncoder().encode(JSON.stringify(header))
  const file = new Uint8Array(8 + text.length + at)
  new DataView(file.buffer).setBigUint64(0, BigInt(text.length), true)
  file.set(text, 8)
  at = 8 + text.length
  for (const { data } of tensors.values()) {
    file.set(new Uint8Array(data.buffer), at)
    at += data.byteLength
  }
  return file
}

const tokenizer = {
  version: '1.0',
  added_tokens: special.map((content, id) => ({ id, content, special: true, normalized: false })),
  normalizer: { type: 'BertNormalizer', clean_text: true, handle_chinese_chars: true, strip_accents: null, lowercase: true },
  pre_tokenizer: { type: 'BertPreTokenizer' },
  post_processor: {
    type: 'TemplateProcessing',
    single: [
      { SpecialToken: { id: '[CLS]', type_id: 0 } },
      { Sequence: { id: 'A', type_id: 0 } },
      { SpecialToken: { id: '[SEP]', type_id: 0 } },
    ],
    pair: [],
    special_tokens: {
      '[CLS]': { id: '[CLS]', ids: [2], tokens: ['[CLS]'] },
      '[SEP]': { id: '[SEP]', ids: [3], tokens: ['[SEP]'] },
    },
  },
  decoder: { type: 'WordPiece', prefix: '##', cleanup: true },
  model: {
    type: 'WordPiece',
    unk_token: '[UNK]',
    continuing_subword_prefix: '##',
    max_input_chars_per_word: 100,
    vocab: Object.fromEntries(vocabulary.map((word, id) => [word, id])),
  },
}
