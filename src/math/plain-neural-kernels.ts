/** The plain twins of the neural kernels: textbook loops, sums in 64-bit. */
import type { NeuralKernels } from './neural-kernel-interface.js'

export const plainNeuralKernels: NeuralKernels = {
  product({ a, aLies, b, bLies, inner, out, mode }) {
    const m = a.length / inner
    const n = b.length / inner
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0
        for (let k = 0; k < inner; k++) {
          sum += a[aLies === 'straight' ? i * inner + k : k * m + i] * b[bLies === 'straight' ? k * n + j : j * inner + k]
        }
        out[i * n + j] = mode === 'add' ? out[i * n + j] + sum : sum
      }
    }
  },

  layerNorm({ columns, input, gain, offset, normalized, inverseDeviation, out }) {
    for (let row = 0; row < inverseDeviation.length; row++) {
      const from = row * columns
      const x = input.subarray(from, from + columns)
      const mean = sumOf(columns, (j) => x[j]) / columns
      const variance = sumOf(columns, (j) => (x[j] - mean) ** 2) / columns
      const inverse = 1 / Math.sqrt(variance + 1e-5)
      inverseDeviation[row] = inverse
      for (let j = 0; j < columns; j++) {
        const value = (x[j] - mean) * inverse
        normalized[from + j] = value
        out[from + j] = value * gain[j] + offset[j]
      }
    }
  },

  layerNormBackward(norm) {
    const { columns, outGradient, gain, normalized, inverseDeviation, inputGradient, gainGradient, offsetGradient } = norm
    for (let row = 0; row < inverseDeviation.length; row++) {
      const from = row * columns
      const mean = sumOf(columns, (j) => outGradient[from + j] * gain[j]) / columns
      const slope = sumOf(columns, (j) => outGradient[from + j] * gain[j] * normalized[from + j]) / columns
      for (let j = 0; j < columns; j++) {
        const d = outGradient[from + j]
        inputGradient[from + j] += inverseDeviation[row] * (d * gain[j] - mean - normalized[from + j] * slope)
        gainGradient[j] += d * normalized[from + j]
        offsetGradient[j] += d
      }
    }
  },

  gatedRecurrence({ columns, start, bias, gates, state, out }) {
    for (let run = 0; run + 1 < start.length; run++) {
      for (let j = 0; j < columns; j++) {
        let h = 0
        for (let row = start[run]; row < start[run + 1]; row++) {
          const at = 3 * row * columns + j
          const f = logistic(gates[at] + bias[j])
          const c = gates[at + columns] + bias[columns + j]
          const g = gates[at + 2 * columns] + bias[2 * columns + j]
          h = f * h + (1 - f) * c
          gates[at] = f
          gates[at + columns] = c
          gates[at + 2 * columns] = g
          state[row * columns + j] = h
          out[row * columns + j] = h * g * logistic(g)
        }
      }
    }
  },

  gatedRecurrenceBackward({ columns, start, outGradient, state, gates, biasGradient }) {
    for (let run = 0; run + 1 < start.length; run++) {
      for (let j = 0; j < columns; j++) {
        let carried = 0
        for (let row = start[run + 1] - 1; row >= start[run]; row--) {
          const at = 3 * row * columns + j
          const [f, c, g] = [gates[at], gates[at + columns], gates[at + 2 * columns]]
          const before = row > start[run] ? state[(row - 1) * columns + j] : 0
          const d = outGradient[row * columns + j]
          const s = logistic(g)
          const dh = carried + d * g * s
          carried = dh * f
          gates[at] = dh * (before - c) * f * (1 - f)
          gates[at + columns] = dh * (1 - f)
          gates[at + 2 * columns] = d * state[row * columns + j] * s * (1 + g * (1 - s))
          for (let part = 0; part < 3; part++) biasGradient[part * columns + j] += gates[at + part * columns]
        }
      }
    }
  },

  rectify(x, bias) {
    for (let at = 0; at < x.length; at++) x[at] = Math.max(0, x[at] + bias[at % bias.length])
  },

  rectifyBackward(out, gradient, biasGradient) {
    for (let at = 0; at < out.length; at++) {
      if (out[at] <= 0) gradient[at] = 0
      biasGradient[at % biasGradient.length] += gradient[at]
    }
  },

  sampledSoftmax({ scores, offset, own, ownColumn, scale, chance, columnGradient }) {
    const columns = offset.length
    for (let row = 0; row < own.length; row++) {
      const logits = Array.from(offset, (added, j) =>
        j === ownColumn[row] ? Number.NEGATIVE_INFINITY : scores[row * columns + j] + added,
      )
      const top = logits.reduce((a, b) => Math.max(a, b), own[row])
      const e = Math.exp(own[row] - top)
      const total = logits.reduce((sum, logit) => sum + Math.exp(logit - top), e)
      chance[row] = e / total
      own[row] = scale * (e / total - 1)
      for (let j = 0; j < columns; j++) {
        const p = (scale * Math.exp(logits[j] - top)) / total
        scores[row * columns + j] = p
        columnGradient[j] += p
      }
    }
  },

  gatherRows(table, columns, rows, out) {
    for (let k = 0; k < rows.length; k++) out.set(table.subarray(rows[k] * columns, (rows[k] + 1) * columns), k * columns)
  },

  scatterRows(x, columns, rows, table, weights) {
    for (let k = 0; k < rows.length; k++) {
      for (let j = 0; j < columns; j++) table[rows[k] * columns + j] += (weights?.[k] ?? 1) * x[k * columns + j]
    }
  },

  addRows(table, columns, rows, weights, x) {
    for (let k = 0; k < rows.length; k++) {
      for (let j = 0; j < columns; j++) x[k * columns + j] += weights[k] * table[rows[k] * columns + j]
    }
  },

  rowProducts(x, columns, rows, table, out) {
    for (let k = 0; k < rows.length; k++) out[k] = sumOf(columns, (j) => x[k * columns + j] * table[rows[k] * columns + j])
  },

  adamStep({ value, gradient, mean, square, rate, decay, beta1, beta2, steps }) {
    for (let at = 0; at < value.length; at++) {
      mean[at] = beta1 * mean[at] + (1 - beta1) * gradient[at]
      square[at] = beta2 * square[at] + (1 - beta2) * gradient[at] ** 2
      const deviation = Math.sqrt(square[at] / (1 - beta2 ** steps))
      value[at] = (1 - rate * decay) * value[at] - (rate * (mean[at] / (1 - beta1 ** steps))) / (deviation + 1e-8)
      gradient[at] = 0
    }
  },
}

function sumOf(length: number, term: (at: number) => number): number {
  let sum = 0
  for (let at = 0; at < length; at++) sum += term(at)
  return sum
}

function logistic(x: number): number {
  return 1 / (1 + Math.exp(-x))
}
