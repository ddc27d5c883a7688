/**
 * The few members of WebAssembly that the kernels use, declared here because the pure half compiles without Node or DOM types.
 */

/** A `WebAssembly.Memory` with `shared: true`. Posting it to a worker thread shares the bytes, it does not copy them. */
export interface SharedMemory {
  readonly buffer: SharedArrayBuffer
  /** Adds pages of 64 KiB and returns the number of pages before. */
  grow(pages: number): number
}

interface WebAssemblyApi {
  readonly Memory: new (options: { initial: number; maximum: number; shared: true }) => SharedMemory
  readonly Module: new (bytes: Uint8Array) => object
  readonly Instance: new (module: object, imports: Record<string, Record<string, unknown>>) => { readonly exports: unknown }
}

/** WebAssembly as every JavaScript engine of the last years has it. */
export const webAssembly = (globalThis as unknown as { readonly WebAssembly: WebAssemblyApi }).WebAssembly
