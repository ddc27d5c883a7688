/**
 * How large a thing from outside may be. One table, so that every refusal can name its limit and the docs can list them.
 * Characters are UTF-16 units, as JavaScript counts them; ids are counted in UTF-8 bytes, as the database stores them.
 */
export const limits = {
  idBytes: 512,
  titleCharacters: 1_000,
  descriptionCharacters: 100_000,
  /** One genre, name, theme, platform, mood … */
  labelCharacters: 500,
  /** Entries of any list. */
  listEntries: 1_000,
  attributeNameCharacters: 100,
  attributeTextCharacters: 10_000,
  /** Comparisons in one filter expression. */
  filterConditions: 1_000,
  /** A film of 100,000 minutes does not exist; a running time in seconds or milliseconds does. */
  durationMinutes: 100_000,
  /** A JSON body, and one line of a bulk body: what one may hold the other may. */
  bodyBytes: 1_048_576,
  eventsPerRequest: 1_000,
  /** Texts or items of one request to be encoded. */
  /** Of a search. What it is about stands in fewer. */
  queryCharacters: 1_000,
  encodedAtOnce: 64,
  /** Rows of a bulk body that are written in one go. */
  bulkBatchRows: 1_000,
  /** Bytes of lines that are written in one go, so that few large rows do not fill the memory. */
  bulkBatchBytes: 4_194_304,
  /** Rejected rows told of one bulk body; the rest are counted. */
  bulkRejects: 1_000,
  /** Problems told of one input; the rest would not be read. */
  problems: 20,
} as const

/** What is wrong with an id, as the end of a sentence; undefined when nothing is. Ids are kept exactly as they came in. */
export function idProblem(id: string): string | undefined {
  if (id.length === 0) return 'must not be empty'
  // A UTF-16 unit takes at most three bytes, so that most ids need not be encoded to be measured.
  if (id.length * 3 > limits.idBytes && Buffer.byteLength(id) > limits.idBytes) return `must be at most ${limits.idBytes} bytes`
  return textProblem(id)
}

// Ranges that no text field can store: PostgreSQL has no U+0000, and UTF-8 has no half of a surrogate pair.
const unstorable = /\0|\p{Surrogate}/u

/** What makes a text impossible to store and give back unchanged; undefined when nothing does. */
export function textProblem(text: string): string | undefined {
  if (!unstorable.test(text)) return undefined
  return text.includes('\0') ? 'must not contain U+0000' : 'must not contain half of a surrogate pair'
}
