import { expect, it } from 'vitest'
import { exposureWarning } from '../../src/http/exposure.js'

it('warns of every address that other machines may reach, and of no other', () => {
  for (const host of ['127.0.0.1', '127.1.2.3', 'localhost', '::1']) expect(exposureWarning(host)).toBeUndefined()
  for (const host of ['0.0.0.0', '::', '192.168.1.7', '10.0.0.1', 'tv.example', '127.0.0.1.evil.example', '']) {
    expect(exposureWarning(host)).toContain('no API keys yet')
  }
})
