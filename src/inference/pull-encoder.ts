import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { SonaError } from '../domain/errors.js'
import { type AddOptions, addEncoder } from './add-encoder.js'
import { type Checksum, type Download, type DownloadOptions, download, failed } from './download.js'
import type { EncoderManifest } from './manifest.js'
import { shelfOf } from './shelf.js'

export interface PullOptions extends AddOptions, Omit<DownloadOptions, 'onProgress'> {
  /** Address of the hub. Default: the one that sentence-transformers are published on. */
  readonly hub?: string
  /** A branch, tag or commit. Default 'main'. */
  readonly revision?: string
  /** Bytes of all files together. */
  readonly onProgress?: (done: number, total: number, file: string) => void
}

export const DEFAULT_HUB = 'https://huggingface.co'

/** What a text model needs, the first of each list that there is; the last two lists may be missing. */
const needed = [['tokenizer.json'], ['config.json'], ['model.safetensors', 'model.onnx', 'onnx/model.onnx']] as const
const welcome = ['sentence_bert_config.json', '1_Pooling/config.json'] as const

/**
 * Fetches a pretrained text model from a hub by its id (`sentence-transformers/all-MiniLM-L6-v2`) and adds it. All files are of one
 * commit, and each is checked against what the hub says of it. DOWNLOAD_FAILED when something cannot be had; run again, it goes on.
 */
export async function pullEncoder(home: string, id: string, options: PullOptions = {}): Promise<EncoderManifest> {
  if (!/^[\w.-]+(\/[\w.-]+)?$/.test(id) || id.includes('..')) {
    throw new SonaError('INVALID_FILE', `A hub's id looks like owner/name, not '${id.slice(0, 200)}'.`)
  }
  const hub = (options.hub ?? DEFAULT_HUB).replace(/\/+$/, '')
  const { commit, files } = await listFiles(hub, id, options.revision ?? 'main', options.signal)
  const directory = join(shelfOf(home), '.pulled', `${id.replace('/', '--')}-${commit.slice(0, 12)}`)
  const wanted = chosen(files, id).map((name): Download & { readonly name: string } => {
    const { bytes, checksum } = files.get(name) as HubFile
    const local = name === 'onnx/model.onnx' ? 'model.onnx' : name
    return { name, url: `${hub}/${id}/resolve/${commit}/${name}`, file: join(directory, local), bytes, checksum }
  })
  const total = wanted.reduce((sum, { bytes }) => sum + bytes, 0)
  let before = 0
  for (const each of wanted) {
    await download(each, { ...options, onProgress: (bytes) => options.onProgress?.(before + bytes, total, each.name) })
    before += each.bytes
  }
  const manifest = await addEncoder(home, directory, { name: id.split('/').at(-1) as string, ...options })
  await rm(directory, { recursive: true })
  return manifest
}

interface HubFile {
  readonly bytes: number
  readonly checksum: Checksum
}

/** The files of one commit, by name. */
async function listFiles(
  hub: string,
  id: string,
  revision: string,
  signal: AbortSignal | undefined,
): Promise<{ readonly commit: string; readonly files: ReadonlyMap<string, HubFile> }> {
  const url = `${hub}/api/models/${id}/revision/${encodeURIComponent(revision)}?blobs=true`
  const patience = AbortSignal.timeout(30_000)
  const response = await fetch(url, { signal: signal === undefined ? patience : AbortSignal.any([signal, patience]) }).catch(
    (error: unknown) => {
      throw failed(url, error)
    },
  )
  if (!response.ok) {
    const hint = [401, 404].includes(response.status) ? `: there is no model ${id}, or not for everybody` : ''
    throw new SonaError('DOWNLOAD_FAILED', `${url} answered ${response.status}${hint}.`)
  }
  const { sha, siblings } = (await response.json()) as HubModel
  if (typeof sha !== 'string' || !/^[0-9a-f]{12,64}$/.test(sha) || !Array.isArray(siblings)) {
    throw new SonaError('DOWNLOAD_FAILED', `${url} answered something else than the files of a model.`)
  }
  return { commit: sha, files: new Map(siblings.flatMap((sibling) => describedFile(sibling) ?? [])) }
}

interface HubModel {
  readonly sha?: unknown
  readonly siblings?: readonly HubSibling[]
}

interface HubSibling {
  readonly rfilename: string
  readonly size?: number
  /** SHA-1 as git names the content. */
  readonly blobId?: string
  /** Of files too large for git. */
  readonly lfs?: { readonly sha256: string; readonly size: number }
}

/** Undefined where the hub does not say what the file must be. */
function describedFile({ rfilename, size, blobId, lfs }: HubSibling): [[string, HubFile]] | undefined {
  if (lfs !== undefined) return [[rfilename, { bytes: lfs.size, checksum: { kind: 'sha256', hex: lfs.sha256 } }]]
  if (size === undefined || blobId === undefined) return undefined
  return [[rfilename, { bytes: size, checksum: { kind: 'git', hex: blobId } }]]
}

function chosen(files: ReadonlyMap<string, HubFile>, id: string): readonly string[] {
  const found = needed.map((names) => names.find((name) => files.has(name)))
  const missing = needed.filter((_, place) => found[place] === undefined).map((names) => names.join(' or '))
  if (missing.length > 0) throw new SonaError('INVALID_FILE', `The model ${id} has no ${missing.join(', and no ')}.`)
  return [...(found as string[]), ...welcome.filter((name) => files.has(name))]
}
