import { int64Rows } from './int64-rows.js'
import { type EncoderManifest, files } from './manifest.js'
import type { Runtime } from './runtime.js'
import { type Model, openModel } from './session.js'
import { normaliseRows } from './text-model.js'

/** What the content model reads of one item. */
export interface ContentInput {
  /** The text model's vector; undefined where the item has no text that the model knows. */
  readonly text: Float32Array | undefined
  /** Rows of the model's table of features. */
  readonly features: Int32Array
  /** One weight per feature. */
  readonly weights: Float32Array
}

export interface ContentModel {
  /** @returns items × dimensions, each of unit length */
  run(items: readonly ContentInput[]): Promise<Float32Array>
  release(): Promise<void>
}

/** `content_encoder.onnx`: text f32 [n, t], features int64 [n, F], feature_weights f32 [n, F] → embedding f32 [n, dimensions]. */
export async function openContentModel(
  runtime: Runtime,
  directory: string,
  manifest: EncoderManifest,
  dimensions: number,
  threads: number,
): Promise<ContentModel> {
  const { Tensor } = runtime
  const width = manifest.text.dimensions
  const model: Model = await openModel(runtime, directory, files.content, threads, {
    inputs: { text: 'float32', features: 'int64', feature_weights: 'float32' },
    outputs: ['embedding'],
    width: dimensions,
  })
  return {
    async run(items) {
      // A weight of 0 makes a feature mean nothing, so that items with fewer can stand beside those with more.
      const most = items.reduce((longest, { features }) => Math.max(longest, features.length), 1)
      const text = new Float32Array(items.length * width)
      const features = int64Rows(items.length, most)
      const weights = new Float32Array(items.length * most)
      for (const [row, item] of items.entries()) {
        if (item.text !== undefined) text.set(item.text, row * width)
        weights.set(item.weights, row * most)
        for (let place = 0; place < item.features.length; place++) features.put(row, place, item.features[place]!)
      }
      const { values } = await model.run({
        text: new Tensor('float32', text, [items.length, width]),
        features: new Tensor('int64', features.values, [items.length, most]),
        feature_weights: new Tensor('float32', weights, [items.length, most]),
      })
      return normaliseRows(values, dimensions)
    },
    release: () => model.release(),
  }
}
