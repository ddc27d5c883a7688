import type { Scorer } from '../world/score-memo.js'
import { collaborative } from './collaborative.js'
import { popular } from './popular.js'
import { sequential } from './sequential.js'
import type { Source } from './source.js'

/** Every source a plan may name. */
export const sources: Readonly<Record<string, (scorer: Scorer) => Source>> = { collaborative, sequential, popular }
