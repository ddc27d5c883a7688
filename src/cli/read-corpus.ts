import { SonaError } from '../domain/errors.js'
import { openMetadata } from '../formats/metadata.js'
import { openSource } from '../formats/source.js'
import { type Corpus, corpusFromFeed, corpusFromStore } from '../jobs/corpus.js'
import { type CommonOptions, openNamedStore } from './command.js'
import type { Terminal } from './terminal.js'

interface CorpusOptions extends CommonOptions {
  readonly from?: string
  readonly metadata?: readonly string[]
}

/** The data that a command names with `--from` (and `--metadata`), or else what was imported. */
export async function readCorpus(options: CorpusOptions, terminal: Terminal): Promise<Corpus> {
  const now = Date.now()
  if (options.from !== undefined) {
    const metadata = await Promise.all((options.metadata ?? []).map((name) => openMetadata(name)))
    return corpusFromFeed(await openSource(options.from, { now }), now, metadata)
  }
  if (options.metadata !== undefined) {
    throw new SonaError('INVALID_FILE', 'There is --metadata without --from. For what was imported: `sona import … --metadata`.')
  }
  const store = await openNamedStore(options, terminal)
  try {
    return await corpusFromStore(store, now)
  } finally {
    await store.close()
  }
}
