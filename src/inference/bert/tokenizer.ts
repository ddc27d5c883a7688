import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { Tokenizer } from '@huggingface/tokenizers'
import { files, invalidEncoder } from '../manifest.js'
import type { TokenisedText } from '../text-model.js'

/** The tokenizer of a pretrained model, as its `tokenizer.json` says. */
export interface BertTokenizer {
  /** The highest number that it gives a token, and one more: rows that the model's table of words must have. */
  readonly vocabulary: number
  /** At most `mostTokens` tokens, the special ones included. Undefined where there is none that the vocabulary knows. */
  tokenise(text: string, mostTokens: number): TokenisedText<readonly number[]> | undefined
}

/** As much of the library as is used. Its own types cannot be found by Node's rules of module resolution. */
interface Rules {
  encode(text: string, options?: { readonly add_special_tokens: boolean }): { readonly ids: number[] }
  token_to_id(token: string): number | undefined
  get_vocab(): Map<string, number>
}

/** Of a long text so many characters a token are looked at first; that is enough in every language but for very long blanks. */
const CHARACTERS_PER_TOKEN = 64
/** Tokens at the end of a piece that was cut off a text may differ from the whole text's: one word's worth. */
const UNSURE_TOKENS = 200

export async function readTokenizer(directory: string): Promise<BertTokenizer> {
  const file = join(directory, files.tokenizer)
  let tokenizer: Rules
  let unknownToken: unknown
  try {
    const json = JSON.parse(await readFile(file, 'utf8')) as { readonly model?: { readonly unk_token?: unknown } }
    unknownToken = json.model?.unk_token
    tokenizer = new Tokenizer(json, {})
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause)
    throw invalidEncoder(directory, `has a ${files.tokenizer} that cannot be used: ${message.slice(0, 300)}`, cause)
  }
  const unknown = typeof unknownToken === 'string' ? tokenizer.token_to_id(unknownToken) : undefined
  const { before, after } = frame(tokenizer)
  const bodyOf = (text: string): readonly number[] => tokenizer.encode(text, { add_special_tokens: false }).ids

  return {
    vocabulary: [...tokenizer.get_vocab().values()].reduce((most, id) => Math.max(most, id), 0) + 1,
    tokenise(text, mostTokens) {
      const room = mostTokens - before.length - after.length
      const body = leadingTokens(text, room, bodyOf)
      if (body.every((id) => id === unknown)) return undefined
      return { tokens: [...before, ...body.slice(0, room), ...after], isCut: body.length > room }
    },
  }
}

/** The tokens of a text, or of a long text at least its first `enough` and one more, without reading a megabyte to its end. */
function leadingTokens(text: string, enough: number, bodyOf: (text: string) => readonly number[]): readonly number[] {
  const characters = (enough + UNSURE_TOKENS) * CHARACTERS_PER_TOKEN
  if (text.length > characters) {
    const tokens = bodyOf(text.slice(0, characters))
    if (tokens.length > enough + UNSURE_TOKENS) return tokens
  }
  return bodyOf(text)
}

/** The special tokens that stand before and after every text. */
function frame(tokenizer: Rules): { before: readonly number[]; after: readonly number[] } {
  const body = tokenizer.encode('a', { add_special_tokens: false }).ids
  const framed = tokenizer.encode('a').ids
  const from = framed.findIndex((_, place) => body.every((id, offset) => framed[place + offset] === id))
  return from < 0 ? { before: [], after: [] } : { before: framed.slice(0, from), after: framed.slice(from + body.length) }
}
