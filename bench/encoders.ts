/**
 * What the encoder in use costs and what 8 bits lose: items a second, sizes, and how many of each title's ten nearest by the 32-bit
 * models are among its ten nearest by the 8-bit ones. The report of `sona encoders train` has the same of two thousand items.
 *
 *   npx tsx bench/encoders.ts --home <dir> --from movielens:<dir> [--metadata tmdb:<dir>]
 */
import { parseArgs } from 'node:util'
import { openMetadata } from '../src/formats/metadata.js'
import { openSource } from '../src/formats/source.js'
import { currentEncoder, encoderDirectory } from '../src/inference/shelf.js'
import { corpusFromFeed } from '../src/jobs/corpus.js'
import { measureEightBits } from '../src/jobs/eight-bits.js'

const { values: given } = parseArgs({
  options: { home: { type: 'string' }, from: { type: 'string' }, metadata: { type: 'string', multiple: true, default: [] } },
})
const now = Date.now()
const metadata = await Promise.all(given.metadata.map((name) => openMetadata(name)))
const corpus = await corpusFromFeed(await openSource(given.from ?? '', { now }), now, metadata)
const home = given.home ?? '.sona'
const { whole, small, nearestKept } = await measureEightBits(
  encoderDirectory(home, (await currentEncoder(home)) ?? ''),
  corpus.items.map(({ item }) => item),
)
for (const [name, { itemsPerSecond, bytes }] of Object.entries({ '32 bits': whole, '8 bits': small })) {
  console.log(`${name}: ${itemsPerSecond.toFixed(0)} items/s; text and content model ${(bytes / 1e6).toFixed(1)} MB`)
}
console.log(`nearest 10 kept in 8 bits: ${nearestKept.toFixed(4)}`)
