import { openSource } from '../formats/source.js'
import { type Corpus, corpusFromFeed, corpusFromStore } from '../jobs/corpus.js'
import { type CommonOptions, openNamedStore } from './command.js'
import type { Terminal } from './terminal.js'

/** The data that a command names with `--from`, or else what was imported. */
export async function readCorpus(options: CommonOptions & { readonly from?: string }, terminal: Terminal): Promise<Corpus> {
  const now = Date.now()
  if (options.from !== undefined) return corpusFromFeed(await openSource(options.from, { now }), now)
  const store = await openNamedStore(options, terminal)
  try {
    return await corpusFromStore(store, now)
  } finally {
    await store.close()
  }
}
