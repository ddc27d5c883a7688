/** The shell of every page that a command leaves behind: data, styles and libraries are inside, nothing is fetched when it is opened. */
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { style } from './evaluation-report/style.js'

export interface Page {
  readonly title: string
  /** Default: the title. */
  readonly heading?: string
  /** HTML; tables are written here and need no script. */
  readonly body: string
  readonly charts?: Charts
}

export interface Charts {
  /** What `chartLibraries` gave. */
  readonly libraries: readonly string[]
  /** What the script finds under this name. */
  readonly data: { readonly name: string; readonly value: unknown }
  /** Plain JavaScript that draws the figures, with `d3`, `Plot` and the data in its scope. */
  readonly script: string
}

export function page({ title, heading = title, body, charts }: Page): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title>
<style>${style}</style>
</head>
<body>
<main>
<h1>${escaped(heading)}</h1>
${body}
</main>
${charts === undefined ? '' : scripts(charts)}</body>
</html>
`
}

function scripts({ libraries, data, script }: Charts): string {
  return `${libraries.map((library) => `<script>${library.replaceAll('</script', '<\\/script')}</script>`).join('\n')}
<script>const ${data.name} = ${asScript(data.value)}
${script}</script>
`
}

export function figure(id: string, caption: string, remark = ''): string {
  return `<figure id="${id}"><figcaption>${escaped(caption)}${remark && `<span>${escaped(remark)}</span>`}</figcaption><div></div></figure>`
}

export function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}

/** As a script may contain it: a name such as "</script>" ends nothing. NaN becomes null. */
function asScript(value: unknown): string {
  return JSON.stringify(value).replaceAll('<', '\\u003c').replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')
}

/** D3, then Observable Plot, as scripts. */
export function chartLibraries(): Promise<readonly string[]> {
  return Promise.all([readBeside('d3', 'd3.min.js'), readBeside('@observablehq/plot', '../dist/plot.umd.min.js')])
}

/** A file of an installed package, found from the package's own entry: its exports do not name the browser build. */
async function readBeside(packageName: string, path: string): Promise<string> {
  const entry = createRequire(import.meta.url).resolve(packageName)
  return readFile(join(dirname(entry), path), 'utf8')
}
