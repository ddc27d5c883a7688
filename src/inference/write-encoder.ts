import { copyFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ContentEncoder } from '../encoders/content-encoder.js'
import type { Standing } from '../encoders/standing.js'
import { layout } from '../encoders/structured-features.js'
import type { TextTower } from '../encoders/text-tower.js'
import type { UserEncoder } from '../encoders/user-encoder.js'
import { contentGraph, textGraph, userGraph } from './encoder-graphs.js'
import { type EncoderFields, type EncoderManifest, files, readManifest } from './manifest.js'
import { encoderDirectory } from './shelf.js'

/** The three encoders as they were fitted; the text tower may be another encoder's, by its version. */
export interface FittedEncoders {
  readonly text: TextTower | { readonly version: string }
  readonly content: ContentEncoder
  readonly user: UserEncoder
  readonly standing: Standing
}

/** Writes everything but `encoder.json` into an empty directory. Returns what that must say. */
export async function writeEncoder(
  home: string,
  directory: string,
  name: string,
  { text, content, user, standing }: FittedEncoders,
): Promise<EncoderFields> {
  await writeFile(join(directory, files.content), contentGraph(content, 'f32'))
  await writeFile(join(directory, int8(files.content)), contentGraph(content, 'int8'))
  await writeFile(join(directory, files.user), userGraph(user))
  await writeFile(join(directory, files.standing), JSON.stringify(standing.tables))
  const tower = 'version' in text ? await copyTower(home, text.version, directory) : await writeTower(text, directory)
  return { name, text: tower, dimensions: content.dimensions, features: layout }
}

/** Beside each file of 32-bit numbers lies one of 8-bit numbers. */
export function int8(file: string): string {
  return file.replace(/\.onnx$/, '.int8.onnx')
}

async function writeTower(tower: TextTower, directory: string): Promise<EncoderManifest['text']> {
  await writeFile(join(directory, files.text), textGraph(tower, 'f32'))
  await writeFile(join(directory, int8(files.text)), textGraph(tower, 'int8'))
  await writeFile(join(directory, files.vocabulary), JSON.stringify(tower.vocabulary))
  return { kind: 'catalogue', dimensions: tower.dimensions, mostTokens: tower.vocabulary.mostWords }
}

async function copyTower(home: string, version: string, directory: string): Promise<EncoderManifest['text']> {
  const from = encoderDirectory(home, version)
  const { text, files: named } = await readManifest(from)
  const own = new Set([files.content, files.user, files.standing].flatMap((file) => [file, int8(file)]))
  for (const name of Object.keys(named)) if (!own.has(name)) await copyFile(join(from, name), join(directory, name))
  return text
}
