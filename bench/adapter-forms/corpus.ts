import { openSource } from '../../src/formats/source.js'
import { type Corpus, corpusFromFeed } from '../../src/jobs/corpus.js'

/** The data that `--from` names. */
export async function corpusFrom(from: string): Promise<Corpus> {
  const now = Date.now()
  return corpusFromFeed(await openSource(from, { now }), now, [])
}
