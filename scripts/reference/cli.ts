import type { Argument, Command, Option } from 'commander'
import { createProgram, namedCommands } from '../../src/cli/program.js'

/** The options that every command has; told once. */
const shared = new Set(['--home', '--database', '--json'])

/** docs/reference/cli.md from the command definitions. */
export function cliPage(): string {
  const program = createProgram()
  const [first] = program.commands
  return `# Command line

\`sona <command>\`. \`sona <command> --help\` says the same as this page. Exit codes: 0 done; 1 the world's fault, with a code of
[errors.md](errors.md) on standard error; 2 the command was called wrongly.

## Options of every command

${optionTable(first.options.filter(isShared))}

What was asked for goes to standard output, everything else to standard error: progress is a bar on a terminal and a line every five
seconds elsewhere.

${namedCommands(program).map(section).join('\n')}`
}

function section({ name, command }: { readonly name: string; readonly command: Command }): string {
  const own = command.options.filter((option) => !isShared(option))
  return [
    `## \`sona ${name}\``,
    command.description(),
    `    sona ${name} ${command.usage()}`,
    command.registeredArguments.length > 0 ? argumentTable(command.registeredArguments) : '',
    own.length > 0 ? optionTable(own) : '',
  ]
    .filter((part) => part !== '')
    .map((part) => `${part}\n`)
    .join('\n')
}

const isShared = (option: Option): boolean => shared.has(option.long ?? '')

function argumentTable(parts: readonly Argument[]): string {
  const rows = parts.map((part) => {
    const choices = part.argChoices === undefined ? '' : `; one of ${words(part.argChoices)}`
    const name = part.required ? `<${part.name()}>` : `[${part.name()}]`
    return `| \`${name}\` | ${cell(part.description + choices)} |`
  })
  return ['| argument | |', '|---|---|', ...rows].join('\n')
}

function optionTable(options: readonly Option[]): string {
  const rows = options.map((option) => `| \`${option.flags}\` | ${cell(describe(option))} | ${cell(defaultOf(option))} |`)
  return ['| option | | default |', '|---|---|---|', ...rows].join('\n')
}

function describe({ description, argChoices, mandatory }: Option): string {
  const choices = argChoices === undefined ? '' : `; one of ${words(argChoices)}`
  return `${description}${choices}${mandatory ? ' (required)' : ''}`
}

function defaultOf({ defaultValue, defaultValueDescription, envVar }: Option): string {
  const fallback = defaultValueDescription ?? (defaultValue === undefined ? '' : `\`${String(defaultValue)}\``)
  return envVar === undefined ? fallback : `\`${envVar}\`, else ${fallback}`
}

const words = (choices: readonly string[]): string => choices.map((choice) => `\`${choice}\``).join(', ')
const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;')
