import { int64Rows } from '../int64-rows.js'
import { type EncoderManifest, files, invalidEncoder } from '../manifest.js'
import type { Runtime } from '../runtime.js'
import { type ModelOutput, openModel } from '../session.js'
import { normaliseRows, type TextModel } from '../text-model.js'
import { readTokenizer } from './tokenizer.js'

/**
 * A pretrained text model: `tokenizer.json`, and a graph over `input_ids` and `attention_mask`. A graph that gives a vector for each
 * token is pooled here, over the tokens that are no padding.
 */
export async function openBertTextModel(
  runtime: Runtime,
  directory: string,
  manifest: EncoderManifest,
  threads: number,
): Promise<TextModel<readonly number[]>> {
  const { dimensions, mostTokens, pooling = 'mean' } = manifest.text
  const tokenizer = await readTokenizer(directory)
  const longest = tokenizer.tokenise('a '.repeat(mostTokens), mostTokens)?.tokens
  const shortest = tokenizer.tokenise('a', mostTokens)?.tokens
  if (longest === undefined || shortest === undefined) {
    throw invalidEncoder(directory, `has a ${files.tokenizer} that does not even know the letter a`)
  }
  const model = await openModel(runtime, directory, files.text, threads, {
    inputs: { input_ids: 'int64', attention_mask: 'int64' },
    optional: { token_type_ids: 'int64' },
    outputs: ['embedding', 'sentence_embedding', 'last_hidden_state', 'token_embeddings'],
    width: dimensions,
  })
  return {
    dimensions,
    lengthOf: (tokens) => tokens.length,
    tokenise: (text) => tokenizer.tokenise(text, mostTokens),
    trials: [shortest, shortest.map((_, place) => (place === 1 ? tokenizer.vocabulary - 1 : shortest[place]!)), longest],
    async run(texts) {
      const length = texts.reduce((most, { length }) => Math.max(most, length), 0)
      const ids = int64Rows(texts.length, length)
      const mask = int64Rows(texts.length, length)
      for (const [row, tokens] of texts.entries()) {
        for (let place = 0; place < tokens.length; place++) {
          ids.put(row, place, tokens[place]!)
          mask.put(row, place, 1)
        }
      }
      const shape = [texts.length, length]
      const output = await model.run({
        input_ids: new runtime.Tensor('int64', ids.values, shape),
        attention_mask: new runtime.Tensor('int64', mask.values, shape),
        token_type_ids: new runtime.Tensor('int64', new BigInt64Array(ids.values.length), shape),
      })
      return normaliseRows(output.shape.length === 3 ? pool(output, texts, pooling) : output.values, dimensions)
    },
    release: () => model.release(),
  }
}

/** texts × tokens × dimensions → texts × dimensions */
function pool({ values, shape }: ModelOutput, texts: readonly (readonly number[])[], pooling: 'mean' | 'first'): Float32Array {
  const [, length = 0, width = 0] = shape
  const pooled = new Float32Array(texts.length * width)
  for (const [row, tokens] of texts.entries()) {
    const used = pooling === 'first' ? 1 : tokens.length
    for (let place = 0; place < used; place++) {
      const from = (row * length + place) * width
      for (let column = 0; column < width; column++) pooled[row * width + column] += values[from + column]! / used
    }
  }
  return pooled
}
