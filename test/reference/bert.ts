/** BERT for one text, number by number, in 64-bit: the obviously right way, and slow. PyTorch's layout: a matrix is outputs × inputs. */
export interface PlainBert {
  readonly layers: number
  readonly heads: number
  readonly width: number
  readonly innerWidth: number
  readonly activation: 'gelu' | 'gelu-tanh' | 'relu'
  readonly layerNormEpsilon: number
  /** Row of the table of positions that the first token takes. */
  readonly firstPosition: number
  weight(name: string): Float32Array
}

/** The mean of the last layer's vectors, or the first token's, at unit length. */
export function plainBert(bert: PlainBert, tokens: readonly number[], pooling: 'mean' | 'first'): number[] {
  const { width } = bert
  const row = (name: string, index: number): number[] => [...bert.weight(name).slice(index * width, (index + 1) * width)]
  let x = tokens.map((token, place) => {
    const word = row('embeddings.word_embeddings.weight', token)
    const position = row('embeddings.position_embeddings.weight', bert.firstPosition + place)
    const type = row('embeddings.token_type_embeddings.weight', 0)
    return norm(
      bert,
      'embeddings.LayerNorm',
      word.map((value, i) => value + position[i]! + type[i]!),
    )
  })
  for (let layer = 0; layer < bert.layers; layer++) {
    const name = `encoder.layer.${layer}`
    const attended = attention(bert, `${name}.attention`, x)
    x = x.map((vector, t) => norm(bert, `${name}.attention.output.LayerNorm`, plus(vector, attended[t]!)))
    x = x.map((vector) => {
      const inner = linear(bert, `${name}.intermediate.dense`, vector, bert.innerWidth).map(activations[bert.activation])
      return norm(bert, `${name}.output.LayerNorm`, plus(vector, linear(bert, `${name}.output.dense`, inner, width)))
    })
  }
  const pooled = pooling === 'first' ? x[0]! : x[0]!.map((_, i) => x.reduce((sum, vector) => sum + vector[i]!, 0) / x.length)
  const length = Math.hypot(...pooled)
  return pooled.map((value) => value / length)
}

function attention(bert: PlainBert, name: string, x: readonly number[][]): number[][] {
  const perHead = bert.width / bert.heads
  const [queries, keys, values] = ['query', 'key', 'value'].map((part) =>
    x.map((vector) => linear(bert, `${name}.self.${part}`, vector, bert.width)),
  ) as [number[][], number[][], number[][]]
  return x.map((_, t) => {
    const mixed: number[] = []
    for (let head = 0; head < bert.heads; head++) {
      const of = (vector: number[]): number[] => vector.slice(head * perHead, (head + 1) * perHead)
      const scores = keys.map((key) => dot(of(queries[t]!), of(key)) / Math.sqrt(perHead))
      const most = Math.max(...scores)
      const shares = scores.map((score) => Math.exp(score - most))
      const sum = shares.reduce((a, b) => a + b, 0)
      for (let i = 0; i < perHead; i++) {
        mixed.push(values.reduce((total, value, u) => total + (shares[u]! / sum) * of(value)[i]!, 0))
      }
    }
    return linear(bert, `${name}.output.dense`, mixed, bert.width)
  })
}

function linear(bert: PlainBert, name: string, x: readonly number[], outputs: number): number[] {
  const weights = bert.weight(`${name}.weight`)
  const bias = bert.weight(`${name}.bias`)
  return Array.from({ length: outputs }, (_, o) =>
    x.reduce((sum, value, i) => sum + value * weights[o * x.length + i]!, bias[o]!),
  )
}

function norm(bert: PlainBert, name: string, x: readonly number[]): number[] {
  const mean = x.reduce((a, b) => a + b, 0) / x.length
  const variance = x.reduce((sum, value) => sum + (value - mean) ** 2, 0) / x.length
  const [gain, shift] = [bert.weight(`${name}.weight`), bert.weight(`${name}.bias`)]
  return x.map((value, i) => ((value - mean) / Math.sqrt(variance + bert.layerNormEpsilon)) * gain[i]! + shift[i]!)
}

const activations: Readonly<Record<PlainBert['activation'], (x: number) => number>> = {
  relu: (x) => Math.max(0, x),
  gelu: (x) => (x * (1 + erf(x / Math.SQRT2))) / 2,
  'gelu-tanh': (x) => (x / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (x + 0.044715 * x ** 3))),
}

/** Its Maclaurin series; exact to about 1e-10 for |x| < 4, and ±1 beyond that within 2e-8. */
function erf(x: number): number {
  if (Math.abs(x) > 4) return Math.sign(x)
  let term = x
  let sum = x
  for (let n = 1; n < 100; n++) {
    term *= (-x * x) / n
    sum += term / (2 * n + 1)
  }
  return (2 / Math.sqrt(Math.PI)) * sum
}

const plus = (a: readonly number[], b: readonly number[]): number[] => a.map((value, i) => value + b[i]!)
const dot = (a: readonly number[], b: readonly number[]): number => a.reduce((sum, value, i) => sum + value * b[i]!, 0)
