import { existsSync } from 'node:fs'
import { join } from 'node:path'
import type { InferenceSession, Tensor } from 'onnxruntime-node'
import { invalidEncoder } from './manifest.js'
import type { Runtime } from './runtime.js'

/** One loaded ONNX file whose inputs and outputs are those that were expected. */
export interface Model {
  readonly inputs: ReadonlySet<string>
  /** The output's numbers and shape. Feeds that the model has no input for are left out. */
  run(feeds: Readonly<Record<string, Tensor>>): Promise<ModelOutput>
  release(): Promise<void>
}

export interface ModelOutput {
  readonly values: Float32Array
  readonly shape: readonly number[]
}

export interface ExpectedModel {
  /** Element type by name, of the inputs that there must be. */
  readonly inputs: Readonly<Record<string, Tensor.Type>>
  /** And of those that there may be. */
  readonly optional?: Readonly<Record<string, Tensor.Type>>
  /** Names of the output in order of preference. */
  readonly outputs: readonly string[]
  /** The last dimension of the output. */
  readonly width: number
}

/** What goes wrong is thrown, and told by whoever catches it; the runtime need not write it to standard error too. */
const SILENT = { logSeverityLevel: 4 } as const

/** INVALID_ENCODER where the file is missing, no model, or another kind of model than expected, saying what it is instead. */
export async function openModel(
  runtime: Runtime,
  directory: string,
  file: string,
  threads: number,
  expected: ExpectedModel,
): Promise<Model> {
  const path = join(directory, file)
  if (!existsSync(path)) throw invalidEncoder(directory, `has no ${file}`)
  const session = await runtime.open(path, threads).catch((cause: unknown) => {
    throw invalidEncoder(directory, `has a ${file} that ONNX Runtime cannot load: ${firstLine(cause)}`, cause)
  })
  const output = expected.outputs.find((name) => session.outputNames.includes(name)) ?? ''
  const complaint = complaintAboutInputs(session, expected) ?? complaintAboutOutput(session, output, expected)
  if (complaint !== undefined) {
    await session.release()
    throw invalidEncoder(directory, `has a ${file} ${complaint}`)
  }
  return {
    inputs: new Set(session.inputNames),
    async run(feeds) {
      const given = Object.fromEntries(session.inputNames.map((name) => [name, feeds[name] as Tensor]))
      const result = (await session.run(given, [output], SILENT))[output] as Tensor
      return { values: result.data as Float32Array, shape: result.dims }
    },
    release: () => session.release(),
  }
}

function complaintAboutInputs(session: InferenceSession, { inputs, optional = {} }: ExpectedModel): string | undefined {
  const found = new Map(session.inputMetadata.map((each) => [each.name, each.isTensor ? each.type : 'no tensor']))
  const known = { ...inputs, ...optional }
  const isMissing = Object.keys(inputs).some((name) => !found.has(name))
  const isOther = [...found].some(([name, type]) => known[name] !== type)
  return isMissing || isOther ? `with the inputs ${listed(found)}; expected ${listed(Object.entries(inputs))}` : undefined
}

function complaintAboutOutput(session: InferenceSession, output: string, expected: ExpectedModel): string | undefined {
  const metadata = session.outputMetadata.find(({ name }) => name === output)
  if (metadata === undefined) {
    return `with the outputs ${session.outputNames.join(', ')}; expected one named ${expected.outputs.join(' or ')}`
  }
  if (!metadata.isTensor || metadata.type !== 'float32') {
    return `whose output ${output} is ${metadata.isTensor ? metadata.type : 'no tensor'}; expected float32`
  }
  const width = metadata.shape.at(-1)
  if (typeof width !== 'number' || width === expected.width) return undefined
  return `whose vectors have ${width} numbers; expected ${expected.width}`
}

const listed = (types: Iterable<readonly [string, string]>): string =>
  [...types].map(([name, type]) => `${name} (${type})`).join(', ')

const firstLine = (error: unknown): string => (error instanceof Error ? error.message : String(error)).split('\n')[0] ?? ''
