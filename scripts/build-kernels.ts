/**
 * Compiles src/math/kernels/assembly/ to WebAssembly and writes the bytes into src/math/kernel-bytes.ts.
 *
 *   npm run kernels         rebuild
 *   npm run kernels:check   rebuild in memory, fail when the file in the repository is not what the sources give
 */
import { readFile, writeFile } from 'node:fs/promises'
import { relative } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
const target = fileURLToPath(new URL('../src/math/kernel-bytes.ts', import.meta.url))

/** What is used of the compiler. Its own declarations put a second `console` and `Math` into every file of the project. */
interface Compiler {
  main(
    args: readonly string[],
    options: { writeFile(name: string, contents: unknown): void },
  ): Promise<{ readonly error: Error | null; readonly stderr: { toString(): string } }>
}

const isCheck = process.argv.includes('--check')
const expected = generatedFile(await compile())

if (!isCheck) {
  await writeFile(target, expected)
  console.log(`Wrote ${relative(root, target)} (${expected.length} characters).`)
} else if ((await readFile(target, 'utf8').catch(() => '')) !== expected) {
  console.error(
    `${relative(root, target)} is stale: its sources in src/math/kernels/assembly/ give other bytes. Run \`npm run kernels\`.`,
  )
  process.exitCode = 1
}

/** The module: SIMD, on an imported shared memory of any size up to 4 GiB, with no data, no heap and one imported function. */
async function compile(): Promise<Uint8Array> {
  const asc = (await import(import.meta.resolve('assemblyscript/asc'))) as Compiler
  let binary: Uint8Array | undefined
  const { error, stderr } = await asc.main(
    [
      'src/math/kernels/assembly/index.ts',
      ...['--outFile', 'kernels.wasm', '--baseDir', root],
      ...['-O3', '--converge', '--noAssert', '--runtime', 'stub', '--enable', 'simd', '--enable', 'threads'],
      ...['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536', '--noExportMemory'],
    ],
    {
      writeFile(name, contents) {
        if (name.endsWith('.wasm')) binary = contents as Uint8Array
      },
    },
  )
  if (error !== null) throw new Error(`The kernels do not compile.\n${stderr.toString()}`, { cause: error })
  if (binary === undefined) throw new Error('The compiler reported success but wrote no module.')
  return binary
}

function generatedFile(binary: Uint8Array): string {
  return `// Generated from src/math/kernels/assembly/ by \`npm run kernels\`; do not edit.

/** The WebAssembly module of the numeric kernels, ${binary.length} bytes in base64. */
export const kernelBytes =
  '${Buffer.from(binary).toString('base64')}'
`
}
