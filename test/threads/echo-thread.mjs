import { SonaError } from '../../dist/domain/errors.js'
import { moved, serveThread } from '../../dist/threads/serve.js'

/** What the tests of start.ts run: compiled JavaScript, as every thread is. */
serveThread(async (init) => {
  if (init === 'refuse') throw new SonaError('HOME_UNUSABLE', 'There is no room here.')
  return {
    init: () => init,
    echo: (value) => value,
    later: async (value, ms) => {
      await new Promise((resolve) => setTimeout(resolve, ms))
      return value
    },
    fail: () => {
      throw new SonaError('STORAGE_FULL', 'The disk is full.', { cause: new Error('ENOSPC'), details: { bytes: 3 } })
    },
    failLater: async () => {
      throw new TypeError('not like this')
    },
    failByCode: () => {
      throw Object.assign(new RangeError('too large'), { code: 'MEMORY_BUDGET_EXCEEDED' })
    },
    uncloneable: () => () => 1,
    give: (length) => {
      const numbers = new Float64Array(length).fill(7)
      return moved(numbers, [numbers.buffer])
    },
    take: (numbers) => numbers.length,
    exit: () => process.exit(3),
    crash: () => {
      setTimeout(() => {
        throw new Error('a mistake in a callback')
      }, 0)
      return new Promise(() => {})
    },
  }
})
