import { copyFile, readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join, resolve } from 'node:path'
import { SonaError } from '../domain/errors.js'
import { parseBertConfig } from './bert/config.js'
import { bertGraph, type Pooling } from './bert/graph.js'
import { parseSafetensors } from './bert/safetensors.js'
import { readTokenizer } from './bert/tokenizer.js'
import { type EncoderManifest, files } from './manifest.js'
import { openEncoders } from './open-encoders.js'
import { placeEncoder } from './shelf.js'

export interface AddOptions {
  /** Default: the directory's own name. */
  readonly name?: string
  /** Default: what the model's own files say, and at most what it has positions for. */
  readonly mostTokens?: number
}

/**
 * Puts a pretrained text model on the shelf: `tokenizer.json` with `model.onnx`, or with `model.safetensors` and `config.json` of the
 * BERT family, which is converted. It is loaded and tried out before it is there. INVALID_FILE and INVALID_ENCODER say what does not fit.
 */
export async function addEncoder(home: string, directory: string, options: AddOptions = {}): Promise<EncoderManifest> {
  const source = await readSource(directory)
  return await placeEncoder(
    home,
    async (place) => {
      await copyFile(join(directory, files.tokenizer), join(place, files.tokenizer))
      const dimensions = source.hasGraph ? await copyGraph(source, place) : await convert(source, place)
      const text = {
        kind: 'bert',
        dimensions,
        mostTokens: tokenLimit(source, options.mostTokens),
        pooling: source.pooling,
      } as const
      return { name: nameOf(options.name ?? basename(resolve(directory))), text }
    },
    tryIt,
  )
}

/** What lies in the directory that somebody brought. */
interface Source {
  readonly directory: string
  readonly names: readonly string[]
  readonly hasGraph: boolean
  readonly pooling: Pooling
  readonly config: Json
  readonly sentence: Json
  readonly pool: Json
}

type Json = Readonly<Record<string, unknown>>

async function readSource(directory: string): Promise<Source> {
  const names = await readdir(directory).catch((cause: unknown) => {
    throw new SonaError('FILE_NOT_FOUND', `There is no directory ${directory} that can be read.`, { cause })
  })
  const refuse = (what: string): never => {
    throw new SonaError('INVALID_FILE', `${directory} ${what}.`)
  }
  if (!names.includes(files.tokenizer)) refuse(`has no ${files.tokenizer}, which says how texts become tokens`)
  const hasGraph = names.includes('model.onnx')
  if (!hasGraph && !names.includes('model.safetensors')) refuse('has neither a model.onnx nor a model.safetensors')
  if (!hasGraph && !names.includes('config.json')) refuse('has no config.json, without which a model.safetensors cannot be read')
  const pool = await readJson(join(directory, '1_Pooling', 'config.json'))
  return {
    directory,
    names,
    hasGraph,
    pooling: poolingOf(pool, directory),
    config: await readJson(join(directory, 'config.json')),
    sentence: await readJson(join(directory, 'sentence_bert_config.json')),
    pool,
  }
}

/** An empty object where there is no such file. */
async function readJson(file: string): Promise<Json> {
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return '{}'
    throw error
  })
  try {
    return JSON.parse(text) as Json
  } catch (cause) {
    throw new SonaError('INVALID_FILE', `${file} is not JSON.`, { cause })
  }
}

/** As sentence-transformers writes it down: one flag for each way of pooling. */
function poolingOf(pool: Json, directory: string): Pooling {
  const chosen = Object.keys(pool).filter((key) => key.startsWith('pooling_mode_') && pool[key] === true)
  if (chosen.length === 0 || chosen.join() === 'pooling_mode_mean_tokens') return 'mean'
  if (chosen.join() === 'pooling_mode_cls_token') return 'first'
  throw new SonaError('INVALID_FILE', `${directory} pools by ${chosen.join(' and ')}; mean_tokens and cls_token can be done.`)
}

/** @returns the width of the vectors */
async function convert({ directory, config, pooling }: Source, place: string): Promise<number> {
  const bert = parseBertConfig(config, join(directory, 'config.json'))
  const { vocabulary } = await readTokenizer(directory)
  if (vocabulary > bert.vocabulary || vocabulary < bert.vocabulary * 0.9) {
    throw new SonaError(
      'INVALID_FILE',
      `${join(directory, files.tokenizer)} knows ${vocabulary} tokens and the model ${bert.vocabulary}: they do not belong together.`,
    )
  }
  const file = join(directory, 'model.safetensors')
  const weights = parseSafetensors(await readFile(file), file)
  await writeFile(join(place, files.text), bertGraph(bert, weights, pooling))
  return bert.width
}

async function copyGraph({ directory, names, config, pool }: Source, place: string): Promise<number> {
  await copyFile(join(directory, 'model.onnx'), join(place, files.text))
  for (const name of names.filter((each) => /^model\.onnx[._]data/.test(each)))
    await copyFile(join(directory, name), join(place, name))
  const width = pool.word_embedding_dimension ?? config.hidden_size
  if (Number.isSafeInteger(width) && (width as number) > 0) return width as number
  throw new SonaError(
    'INVALID_FILE',
    `${directory} has no config.json with a hidden_size, so that the width of its vectors is unknown.`,
  )
}

function tokenLimit({ config, sentence, directory }: Source, wanted: number | undefined): number {
  const isRoberta = /roberta|camembert/.test(String(config.model_type))
  const positions = numberOf(config.max_position_embeddings, 512) - (isRoberta ? numberOf(config.pad_token_id, 1) + 1 : 0)
  if (wanted !== undefined && wanted > positions) {
    throw new SonaError('INVALID_FILE', `The model in ${directory} reads ${positions} tokens at most, not ${wanted}.`)
  }
  return Math.min(wanted ?? numberOf(sentence.max_seq_length, positions), positions)
}

const numberOf = (value: unknown, otherwise: number): number => (typeof value === 'number' && value > 0 ? value : otherwise)

/** Names become names of directories. */
function nameOf(name: string): string {
  const plain = name.replace(/[^\w.-]+/g, '-').replace(/^[.-]+|[.-]+$/g, '')
  if (plain === '')
    throw new SonaError('INVALID_FILE', `An encoder needs a name of letters and digits, not '${name}'. Give one with --name.`)
  return plain.slice(0, 100)
}

async function tryIt(directory: string): Promise<void> {
  const encoders = await openEncoders(directory)
  await encoders.close()
}
