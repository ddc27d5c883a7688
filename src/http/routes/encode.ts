import type { FastifyInstance } from 'fastify'
import { encode } from '../../contract/encode.js'
import { SonaError } from '../../domain/errors.js'
import { mount } from '../mount.js'
import type { ServerParts } from '../server-parts.js'

export function encodeRoutes(server: FastifyInstance, { sona, stop }: ServerParts): void {
  mount(server, encode, async ({ body: { texts, items = [] } }) => {
    const encoders = sona.encoders
    if (encoders === undefined) {
      throw new SonaError('ENCODER_UNAVAILABLE', 'This server has no encoder. Bring one with `sona encoders add`.')
    }
    const options = { signal: stop }
    const encoded = texts === undefined ? encoders.encodeItems(items, options) : encoders.encodeTexts(texts, options)
    const { version, dimensions, values, cut } = await encoded
    return { encoderVersion: version, dimensions, vectors: rowsOf(values, dimensions), cut: [...cut] }
  })
}

/** Rows as JSON has them: one that is NaN is null. */
function rowsOf(values: Float32Array, dimensions: number): (number[] | null)[] {
  const rows: (number[] | null)[] = []
  for (let from = 0; from < values.length; from += dimensions) {
    rows.push(Number.isNaN(values[from]) ? null : Array.from(values.subarray(from, from + dimensions)))
  }
  return rows
}
