import type { Generation } from '../../engine/generation.js'
import type { Asked } from '../task-world.js'

/** What a tuning thread is told once. */
export interface TuningInit extends Asked {
  readonly generation: Generation
  /** Which scratch region of the generation is this thread's. */
  readonly thread: number
  /** Numbers of tasks, in the order in which they are asked. */
  readonly order: Uint32Array
  /** The cut-off of NDCG. */
  readonly at: number
  /** Items asked for. */
  readonly count: number
}
