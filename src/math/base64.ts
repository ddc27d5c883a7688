/** Base64 to bytes, here because the pure half has neither `atob` nor `Buffer`. */
import { assert } from './assert.js'

const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/'

/** The bytes of a standard base64 text, padding included. */
export function decodeBase64(text: string): Uint8Array {
  assert(text.length % 4 === 0, 'base64 comes in groups of four letters')
  const padding = text.endsWith('==') ? 2 : text.endsWith('=') ? 1 : 0
  const bytes = new Uint8Array((text.length / 4) * 3 - padding)
  let buffered = 0
  let length = 0
  for (let i = 0; i < text.length - padding; i++) {
    const sixBits = alphabet.indexOf(text[i])
    assert(sixBits >= 0, () => `'${text[i]}' is no base64 letter`)
    buffered = ((buffered << 6) | sixBits) & 0xffff
    // Four letters are three bytes: all but the first letter of a group complete one.
    if (i % 4 !== 0) bytes[length++] = (buffered >>> (6 - 2 * (i % 4))) & 0xff
  }
  return bytes
}
