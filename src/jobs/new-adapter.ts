import type { Adapter } from '../adapters/adapter.js'
import { type AdapterFormat, encodeAdapter } from '../adapters/codec.js'
import { openness } from '../adapters/gate.js'
import type { NewAdapter } from '../storage/adapter-store.js'

/** An adapter as the store takes it: its bytes, and what is asked of them without reading them. */
export function newAdapter(adapter: Adapter, format: AdapterFormat): NewAdapter {
  const { space, lessons, learnedTo, gate } = adapter
  return { space, format, lessons, learnedTo, gate: openness(gate), gain: gate.gain, bytes: encodeAdapter(adapter, format) }
}
