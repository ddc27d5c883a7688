import type { HistoryToEncode } from './encoder.js'
import { files } from './manifest.js'
import type { Runtime } from './runtime.js'
import { openModel } from './session.js'
import { normaliseRows } from './text-model.js'

export interface UserModel {
  /** @returns histories × dimensions, each of unit length */
  run(histories: readonly HistoryToEncode[]): Promise<Float32Array>
  release(): Promise<void>
}

/** Of a longer history the newest are read: what is older has faded from taste before. */
export const MOST_HISTORY = 200

/** `user_encoder.onnx`: items f32 [n, L, d], engagements, ages_days and mask f32 [n, L] → embedding f32 [n, d]. */
export async function openUserModel(
  runtime: Runtime,
  directory: string,
  dimensions: number,
  threads: number,
): Promise<UserModel> {
  const { Tensor } = runtime
  const model = await openModel(runtime, directory, files.user, threads, {
    inputs: { items: 'float32', engagements: 'float32', ages_days: 'float32', mask: 'float32' },
    outputs: ['embedding'],
    width: dimensions,
  })
  return {
    async run(histories) {
      const length = histories.reduce((longest, { agesDays }) => Math.max(longest, agesDays.length), 1)
      const items = new Float32Array(histories.length * length * dimensions)
      const [engagements, ages, mask] = Array.from({ length: 3 }, () => new Float32Array(histories.length * length)) as [
        Float32Array,
        Float32Array,
        Float32Array,
      ]
      for (const [row, history] of histories.entries()) {
        items.set(history.items, row * length * dimensions)
        engagements.set(history.engagements, row * length)
        ages.set(history.agesDays, row * length)
        mask.fill(1, row * length, row * length + history.agesDays.length)
      }
      const perItem = [histories.length, length]
      const { values } = await model.run({
        items: new Tensor('float32', items, [...perItem, dimensions]),
        engagements: new Tensor('float32', engagements, perItem),
        ages_days: new Tensor('float32', ages, perItem),
        mask: new Tensor('float32', mask, perItem),
      })
      return normaliseRows(values, dimensions)
    },
    release: () => model.release(),
  }
}

/** The newest rows of a history that have a vector; undefined where none is left. */
export function readable({ items, engagements, agesDays }: HistoryToEncode, dimensions: number): HistoryToEncode | undefined {
  const rows = [...agesDays.keys()].filter((row) => Number.isFinite(items[row * dimensions])).slice(-MOST_HISTORY)
  if (rows.length === 0) return undefined
  if (rows.length === agesDays.length) return { items, engagements, agesDays }
  const kept = new Float32Array(rows.length * dimensions)
  for (const [place, row] of rows.entries()) {
    kept.set(items.subarray(row * dimensions, (row + 1) * dimensions), place * dimensions)
  }
  return {
    items: kept,
    engagements: Float32Array.from(rows, (row) => engagements[row]!),
    agesDays: Float32Array.from(rows, (row) => agesDays[row]!),
  }
}
