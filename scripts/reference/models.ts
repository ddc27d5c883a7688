import { readFileSync } from 'node:fs'
import type { SearchSpace, Tunable } from '../../src/domain/tunable.js'
import { algorithms } from '../../src/models/index.js'
import type { Algorithm } from '../../src/models/model.js'
import { defaultPlan } from '../../src/pipeline/default-plan.js'

/** The names of all models, each of which has a page. */
export const modelNames: readonly string[] = [...algorithms.keys()]

/** docs/models/<name>.md from the card at the head of the model's file, and its options. */
export function modelPage(name: string): string {
  const algorithm = algorithms.get(name)
  if (algorithm === undefined) throw new Error(`There is no model ${name}.`)
  const source = readFileSync(new URL(`../../src/models/${name}.ts`, import.meta.url), 'utf8')
  const { title, parts } = cardOf(source, name)
  const labels = parts.filter(isLabelled)
  return [
    `# ${name}`,
    title,
    ...parts
      .filter((part) => !isLabelled(part))
      .map((part) => (isFormula(part) ? part.replace(/^ {2}/gm, '    ') : joined(part))),
    optionTable(source, algorithm),
    labels.map((part) => `- **${part.split(' ')[0]}** ${joined(part.slice(part.indexOf(' ')))}`).join('\n'),
    `${howItIsUsed(name)} The code is \`src/models/${name}.ts\`.`,
  ].join('\n\n')
}

interface Card {
  /** The first paragraph without the name before its dash. */
  readonly title: string
  /** Paragraphs, formulas and labelled lines, in order. */
  readonly parts: readonly string[]
}

/** The doc comment before the options, which begins with a name and a dash. */
function cardOf(source: string, name: string): Card {
  const [, comment] = /\/\*\*\n((?: \*.*\n)+?) \*\/\nexport interface \w+Options/.exec(source) ?? []
  if (comment === undefined) throw new Error(`src/models/${name}.ts has no card before its options.`)
  const text = comment.replace(/^ \* ?/gm, '')
  const parts = text
    .split(/\n\n|\n(?=(?:Cost|Choose|Avoid|Departs) )/)
    .map((part) => part.trimEnd())
    .filter((part) => part !== '')
  const [first = '', ...rest] = parts
  return { title: capital(joined(first.replace(/^.*? — /, ''))), parts: rest }
}

const isFormula = (part: string): boolean => part.startsWith('  ')
const isLabelled = (part: string): boolean => /^(?:Cost|Choose|Avoid|Departs) /.test(part)
const joined = (part: string): string => part.replaceAll(/\s+/g, ' ').trim()
const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

function optionTable(source: string, { defaults, space }: Algorithm): string {
  const tunables: SearchSpace = space ?? {}
  const rows = Object.entries(defaults).map(([option, value]) => {
    const comment = new RegExp(`/\\*\\*([^/]*?)\\*/\\s+readonly ${option}:`).exec(source)?.[1] ?? ''
    return `| \`${option}\` | ${typeof value === 'string' ? `\`${value}\`` : value} | ${joined(comment.replaceAll(/\n\s*\*/g, ' ')).replaceAll('|', '\\|')} | ${searched(tunables[option])} |`
  })
  return ['| option | default | | `sona tune` tries |', '|---|---|---|---|', ...rows].join('\n')
}

function searched(tunable: Tunable | undefined): string {
  if (tunable === undefined) return ''
  if ('choices' in tunable) return tunable.choices.join(', ')
  return `${tunable.from} to ${tunable.to}${tunable.or === undefined ? '' : `, ${tunable.or}`}`
}

function howItIsUsed(name: string): string {
  const reading = defaultPlan.sources.filter(({ model }) => model === name)
  if (reading.length === 0) {
    return 'The default plan does not read it: name it in a plan of your own, or compare it with `sona evaluate --models`.'
  }
  const links = reading.map(({ source }) => `[${source}](../sources.md#${source})`).join(', ')
  return `The default plan reads it, through ${reading.length === 1 ? 'the source' : 'the sources'} ${links}.`
}
