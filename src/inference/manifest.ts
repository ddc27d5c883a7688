import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { SonaError } from '../domain/errors.js'

/** What `encoder.json` says of the files beside it. */
export interface EncoderManifest {
  readonly formatVersion: 1
  readonly name: string
  /** The name and what the files hold: another file is another version. */
  readonly version: string
  readonly text: TextTower
  /** Numbers per item vector and per user vector. Absent where there is a text model alone. */
  readonly dimensions?: number
  /** The content model's table of features: `layout` of encoders/structured-features.ts as it was when the model was made. */
  readonly features?: unknown
  /** SHA-256 of each file, in hexadecimal. */
  readonly files: Readonly<Record<string, string>>
}

export interface TextTower {
  /** 'bert': a tokenizer.json and whole attention over the tokens. 'catalogue': weighted words and parts of words. */
  readonly kind: 'bert' | 'catalogue'
  readonly dimensions: number
  /** Longer texts are cut here, and the caller is told. */
  readonly mostTokens: number
  /** What becomes of the vectors of tokens where the graph does not say it itself. Default mean. */
  readonly pooling?: 'mean' | 'first'
}

export const files = {
  manifest: 'encoder.json',
  text: 'text_encoder.onnx',
  content: 'content_encoder.onnx',
  user: 'user_encoder.onnx',
  tokenizer: 'tokenizer.json',
  vocabulary: 'vocabulary.json',
  standing: 'standing.json',
} as const

/** What whoever makes an encoder says of it; the rest follows from the files. */
export type EncoderFields = Pick<EncoderManifest, 'name' | 'text' | 'dimensions' | 'features'>

/** Writes `encoder.json` for the files that lie in the directory; the same files and fields give the same version. */
export async function sealEncoder(
  directory: string,
  { name, text, dimensions, features }: EncoderFields,
): Promise<EncoderManifest> {
  const fields = { name, text, ...(dimensions !== undefined && { dimensions, features }) }
  const present = (await readdir(directory)).filter((file) => file !== files.manifest).sort()
  const digests: Record<string, string> = {}
  for (const file of present) digests[file] = await sha256OfFile(join(directory, file))
  const identity = createHash('sha256')
    .update(JSON.stringify([fields, digests]))
    .digest('hex')
  const manifest = { formatVersion: 1, ...fields, version: `${name}-${identity.slice(0, 12)}`, files: digests } as const
  await writeFile(join(directory, files.manifest), `${JSON.stringify(manifest, undefined, 2)}\n`)
  return manifest
}

/** Reads `encoder.json`, and says INVALID_ENCODER, with what is the matter, where it cannot be used. */
export async function readManifest(directory: string): Promise<EncoderManifest> {
  const file = join(directory, files.manifest)
  let read: unknown
  try {
    read = JSON.parse(await readFile(file, 'utf8'))
  } catch (cause) {
    const isMissing = (cause as NodeJS.ErrnoException).code === 'ENOENT'
    throw invalidEncoder(
      directory,
      isMissing
        ? 'has no encoder.json. `sona encoders add <dir>` makes an encoder of a model.onnx or model.safetensors and a tokenizer.json'
        : 'has an encoder.json that is damaged',
      cause,
    )
  }
  const manifest = read as EncoderManifest
  const complaint = complaintAbout(manifest)
  if (complaint !== undefined) throw invalidEncoder(directory, `has an encoder.json ${complaint}`)
  return manifest
}

function complaintAbout(manifest: Partial<EncoderManifest> | null): string | undefined {
  if (manifest?.formatVersion !== 1) return `of format ${JSON.stringify(manifest?.formatVersion)}; this Sona reads format 1`
  if (!isName(manifest.name) || !isName(manifest.version)) return 'without a usable name and version'
  const { text, dimensions } = manifest
  if (text?.kind !== 'bert' && text?.kind !== 'catalogue') return `whose text.kind is neither 'bert' nor 'catalogue'`
  if (!isCount(text.dimensions) || !isCount(text.mostTokens)) return 'without text.dimensions and text.mostTokens'
  if (dimensions !== undefined && !isCount(dimensions)) return 'whose dimensions are no number'
  if (typeof manifest.files !== 'object' || manifest.files === null) return 'without the checksums of its files'
  return undefined
}

const isName = (name: unknown): boolean => typeof name === 'string' && /^[\w.-]{1,200}$/.test(name)
const isCount = (count: unknown): boolean => Number.isSafeInteger(count) && (count as number) > 0

/** INVALID_ENCODER where a file is missing, or is not the one that the manifest was written for. */
export async function checkFiles(directory: string, manifest: EncoderManifest): Promise<void> {
  for (const [name, expected] of Object.entries(manifest.files)) {
    const found = await sha256OfFile(join(directory, basename(name))).catch((cause: unknown) => {
      throw invalidEncoder(directory, `has no ${name} that can be read`, cause)
    })
    if (found !== expected) {
      throw invalidEncoder(
        directory,
        `has a damaged ${name}: its SHA-256 should be ${expected.slice(0, 12)}… and is ${found.slice(0, 12)}…`,
      )
    }
  }
}

export async function sha256OfFile(file: string): Promise<string> {
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file, { highWaterMark: 1 << 20 })) hash.update(chunk)
  return hash.digest('hex')
}

/** @param what the end of a sentence that begins with the directory */
export function invalidEncoder(directory: string, what: string, cause?: unknown): SonaError {
  return new SonaError('INVALID_ENCODER', `The encoder in ${directory} ${what}.`, { cause })
}
