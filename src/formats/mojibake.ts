/** How a text was spoilt: the encoding it was written in, and the one it was read in. */
export interface Accident {
  readonly writtenAs: 'utf-8' | 'windows-1252'
  readonly readAs: 'windows-1252' | 'macintosh'
}

/**
 * Undoes a known accident: text that was written in one encoding and read in another, such as `PeÃ±a` for `Peña`. Text that cannot
 * have come about this way is given back as it is, so that sound names are safe.
 */
export function reread(text: string, accident: Accident): string {
  if (!/[^ -~\s]/.test(text)) return text
  const byteOf = bytesOf[accident.readAs]
  const bytes = new Uint8Array(text.length)
  for (let at = 0; at < text.length; at++) {
    const byte = byteOf.get(text[at] ?? '')
    if (byte === undefined) return text
    bytes[at] = byte
  }
  if (accident.writtenAs === 'windows-1252') return Array.from(bytes, (byte) => windows1252[byte]).join('')
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    return text // the bytes are no UTF-8: the accident did not happen here
  }
}

/** The characters of windows-1252 by byte. Written out, because the TextDecoder of Node 20 takes 80–9F for Latin-1. */
const windows1252: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  byte >= 0x80 && byte <= 0x9f
    ? ('€\x81‚ƒ„…†‡ˆ‰Š‹Œ\x8DŽ\x8F\x90‘’“”•–—˜™š›œ\x9DžŸ'[byte - 0x80] ?? '')
    : String.fromCharCode(byte),
)

const macintosh: readonly string[] = Array.from({ length: 256 }, (_, byte) =>
  new TextDecoder('macintosh').decode(Uint8Array.of(byte)),
)

const byteTable = (characters: readonly string[]): ReadonlyMap<string, number> =>
  new Map(characters.map((character, byte) => [character, byte]))

const bytesOf = { 'windows-1252': byteTable(windows1252), macintosh: byteTable(macintosh) }
