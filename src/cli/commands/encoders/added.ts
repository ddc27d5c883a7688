import type { EncoderManifest } from '../../../inference/manifest.js'
import { currentEncoder, useEncoder } from '../../../inference/shelf.js'
import type { Terminal } from '../../terminal.js'

/** Puts an encoder that was added in use, if it is the first or was meant to be, and says so. */
export async function reportAdded(
  manifest: EncoderManifest,
  { home, use }: { readonly home: string; readonly use?: boolean },
  terminal: Terminal,
): Promise<void> {
  const { version, text } = manifest
  const isInUse = use === true || [undefined, version].includes(await currentEncoder(home))
  if (isInUse) await useEncoder(home, version)
  terminal.line(`${version}: texts of up to ${text.mostTokens} tokens become ${text.dimensions} numbers.`)
  terminal.line(isInUse ? 'It is in use.' : 'Another encoder is in use; --use changes that.')
  terminal.result({ ...manifest, isInUse })
}
