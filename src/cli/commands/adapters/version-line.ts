import type { AdapterVersionAnswer } from '../../../contract/adapter.js'

/** A version of an adapter in one line. */
export function versionLine({ version, lessons, bytes, format, space, restoredFrom }: AdapterVersionAnswer): string {
  const again = restoredFrom === undefined ? '' : `, version ${restoredFrom} brought back`
  return `version ${version}${again}, learned from ${lessons} events, ${bytes} bytes (${format}), ${space}`
}
