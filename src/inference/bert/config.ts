import { SonaError } from '../../domain/errors.js'

/** What `config.json` says of a model of the BERT family, as far as computing needs it. */
export interface BertConfig {
  readonly layers: number
  readonly heads: number
  /** Numbers per token. */
  readonly width: number
  /** Numbers in the middle of each layer's feed-forward part. */
  readonly innerWidth: number
  readonly vocabulary: number
  /** Rows of the table of positions. */
  readonly positions: number
  /** Rows of that table before the first token's: RoBERTa counts from behind its padding token. */
  readonly firstPosition: number
  readonly tokenTypes: number
  readonly activation: 'gelu' | 'gelu-tanh' | 'relu'
  readonly layerNormEpsilon: number
}

const activations: Readonly<Record<string, BertConfig['activation']>> = {
  gelu: 'gelu',
  gelu_new: 'gelu-tanh',
  gelu_pytorch_tanh: 'gelu-tanh',
  relu: 'relu',
}

const countsFromPadding = new Set(['roberta', 'xlm-roberta', 'camembert'])
const families = ['bert', ...countsFromPadding]

/** INVALID_FILE where the file describes something else than a BERT-family encoder, naming what. */
export function parseBertConfig(config: unknown, file: string): BertConfig {
  const fields = (typeof config === 'object' && config !== null ? config : {}) as Readonly<Record<string, unknown>>
  const refuse = (what: string): never => {
    throw new SonaError('INVALID_FILE', `${file} ${what}.`)
  }
  const whole = (name: string, least: number): number => {
    const value = fields[name]
    return Number.isSafeInteger(value) && (value as number) >= least
      ? (value as number)
      : refuse(`must say a whole number of at least ${least} as '${name}'; it says ${JSON.stringify(value) ?? 'nothing'}`)
  }

  const family = String(fields.model_type)
  if (!families.includes(family)) {
    refuse(`describes a model of type '${family}'; ${families.join(', ')} can be converted, and any other brought as model.onnx`)
  }
  const positionKind = fields.position_embedding_type ?? 'absolute'
  if (positionKind !== 'absolute') refuse(`has positions of kind '${positionKind}'; only 'absolute' can be converted`)
  const activation = activations[String(fields.hidden_act)]
  const heads = whole('num_attention_heads', 1)
  const width = whole('hidden_size', 1)
  if (width % heads !== 0) refuse(`has ${heads} heads, which do not divide its width of ${width}`)
  return {
    layers: whole('num_hidden_layers', 1),
    heads,
    width,
    innerWidth: whole('intermediate_size', 1),
    vocabulary: whole('vocab_size', 1),
    positions: whole('max_position_embeddings', 1),
    firstPosition: countsFromPadding.has(family) ? whole('pad_token_id', 0) + 1 : 0,
    tokenTypes: whole('type_vocab_size', 0),
    activation:
      activation ?? refuse(`has the activation '${fields.hidden_act}'; ${Object.keys(activations).join(', ')} are known`),
    layerNormEpsilon: typeof fields.layer_norm_eps === 'number' ? fields.layer_norm_eps : 1e-12,
  }
}
