import { invalidEncoder } from './manifest.js'

/** A model that turns texts into vectors: what its texts become on the way, and the graph that reads that. */
export interface TextModel<Tokens = unknown> {
  readonly dimensions: number
  /** Undefined where the model knows nothing in the text: it is empty, or of signs and scripts that it never saw. */
  tokenise(text: string): TokenisedText<Tokens> | undefined
  /** @returns texts × dimensions, each of unit length */
  run(texts: readonly Tokens[]): Promise<Float32Array>
  lengthOf(tokens: Tokens): number
  /** Texts that reach every part of the model, to be tried before it is used. */
  readonly trials: readonly Tokens[]
  release(): Promise<void>
}

export interface TokenisedText<Tokens> {
  readonly tokens: Tokens
  /** The text was longer than the model reads. */
  readonly isCut: boolean
}

/** Brings each row to unit length, in place. Rows of zeros stay, for whoever checks them to refuse. */
export function normaliseRows(values: Float32Array, dimensions: number): Float32Array {
  for (let from = 0; from < values.length; from += dimensions) {
    let squares = 0
    for (let place = from; place < from + dimensions; place++) squares += values[place]! ** 2
    if (squares === 0) continue
    const scale = 1 / Math.sqrt(squares)
    for (let place = from; place < from + dimensions; place++) values[place] = values[place]! * scale
  }
  return values
}

/** Runs the trials; a model that cannot answer them is refused when it is loaded, not when somebody asks. */
export async function tryOut<Tokens>(model: TextModel<Tokens>, directory: string): Promise<void> {
  for (const tokens of model.trials) {
    const values = await model.run([tokens]).catch((cause: unknown) => {
      throw invalidEncoder(
        directory,
        `has a text model that cannot read what its tokenizer writes: ${cause instanceof Error ? cause.message.split('\n')[0] : cause}`,
        cause,
      )
    })
    if (values.length !== model.dimensions) {
      throw invalidEncoder(
        directory,
        `has a text model whose vectors have ${values.length} numbers; expected ${model.dimensions}`,
      )
    }
  }
}
