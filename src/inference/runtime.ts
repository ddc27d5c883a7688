import { readFile } from 'node:fs/promises'
import type { InferenceSession, Tensor } from 'onnxruntime-node'

/** ONNX Runtime: the native library, or where it does not load its WebAssembly build, which computes the same more slowly. */
export interface Runtime {
  readonly kind: RuntimeKind
  readonly Tensor: typeof Tensor
  /** Rejects with the runtime's own words where the file is no model, or has operators that it does not know. */
  open(file: string, threads: number): Promise<InferenceSession>
}

export type RuntimeKind = 'native' | 'wasm'

/** @param wanted undefined: the native one if it loads; `onMissing` then hears why it did not. */
export async function loadRuntime(wanted: RuntimeKind | undefined, onMissing: (error: unknown) => void): Promise<Runtime> {
  if (wanted === 'wasm') return await webRuntime()
  try {
    return await nativeRuntime()
  } catch (error) {
    if (wanted === 'native') throw error
    onMissing(error)
    return await webRuntime()
  }
}

async function nativeRuntime(): Promise<Runtime> {
  const { InferenceSession, Tensor } = await import('onnxruntime-node')
  return {
    kind: 'native',
    Tensor,
    open: (file, threads) =>
      InferenceSession.create(file, {
        intraOpNumThreads: threads,
        interOpNumThreads: 1,
        executionMode: 'sequential',
        graphOptimizationLevel: 'all',
        enableMemPattern: false, // patterns are kept per input shape, and every batch has another
        logSeverityLevel: 3,
      }),
  }
}

async function webRuntime(): Promise<Runtime> {
  const { env, InferenceSession, Tensor } = await import('onnxruntime-web')
  env.wasm.numThreads = 1 // more would start worker threads of their own
  env.logLevel = 'error'
  return {
    kind: 'wasm',
    Tensor: Tensor as unknown as Runtime['Tensor'],
    open: async (file) => (await InferenceSession.create(await readFile(file), { logSeverityLevel: 3 })) as InferenceSession,
  }
}
