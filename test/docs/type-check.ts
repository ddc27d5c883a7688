import { join } from 'node:path'
import ts from 'typescript'

export interface Snippet {
  /** For messages: where it stands. */
  readonly place: string
  readonly text: string
}

const options: ts.CompilerOptions = {
  target: ts.ScriptTarget.ES2023,
  lib: ['lib.es2023.d.ts'],
  module: ts.ModuleKind.NodeNext,
  moduleResolution: ts.ModuleResolutionKind.NodeNext,
  strict: true,
  exactOptionalPropertyTypes: true,
  skipLibCheck: true,
  noEmit: true,
  types: ['node'],
}

/** What the compiler says of snippets that stand in this package and import it by its public name. */
export function complaintsAbout(root: string, snippets: readonly Snippet[]): string[] {
  const texts = new Map(snippets.map(({ text }, at) => [join(root, `snippet-${at}.ts`), text]))
  const places = new Map(snippets.map(({ place }, at) => [join(root, `snippet-${at}.ts`), place]))
  const host = ts.createCompilerHost(options)
  const { fileExists, readFile, getSourceFile } = host
  host.fileExists = (path) => texts.has(path) || fileExists(path)
  host.readFile = (path) => texts.get(path) ?? readFile(path)
  host.getSourceFile = (path, languageVersion, ...rest) => {
    const text = texts.get(path)
    return text === undefined ? getSourceFile(path, languageVersion, ...rest) : ts.createSourceFile(path, text, languageVersion)
  }
  const program = ts.createProgram([...texts.keys()], { ...options, typeRoots: [join(root, 'node_modules/@types')] }, host)
  return ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
    const place = file === undefined ? root : (places.get(file.fileName) ?? file.fileName)
    return `${place}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`
  })
}
