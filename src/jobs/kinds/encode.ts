import { SonaError } from '../../domain/errors.js'
import { encodeCatalogue } from '../encode-catalogue.js'
import type { JobKind } from './job-kind.js'

/** Vectors for items that are new or have changed. What was stored stays, and another attempt goes on from there. */
export const encode: JobKind<'encode'> = {
  name: 'encode',
  says: 'makes the vectors of items that are new or have changed',
  lane: 'in-turn',
  line: { atOnce: 'one', retries: 3, retryDelaySeconds: 30, longestSeconds: 12 * 3_600 },

  async run({ which = 'changed' }, { store, encoders, signal, progress }) {
    if (encoders === undefined) return { encoded: 0, because: 'there is no encoder; bring one with `sona encoders add`' }
    const report = await encodeCatalogue(store, encoders, {
      which,
      signal,
      onProgress: ({ done, total }) => progress(total === 0 ? 1 : done / total, 'Encoding'),
    })
    if (report.interrupted) throw new SonaError('TRAINING_ABORTED', 'Encoding was stopped; what was stored stays.')
    return report
  },
}
