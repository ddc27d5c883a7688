import type { Scorer } from '../world/score-memo.js'
import { collaborative } from './collaborative.js'
import { content } from './content.js'
import { graph } from './graph.js'
import { popular } from './popular.js'
import { sequential } from './sequential.js'
import { signal } from './signal.js'
import type { Source } from './source.js'

/** Every source a plan may name, made from the name it goes by in that plan and the scorer it reads. */
export const sources: Readonly<Record<string, (name: string, scorer: Scorer) => Source>> = {
  collaborative,
  sequential,
  graph,
  content,
  popular,
  signal,
}
