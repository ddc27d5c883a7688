/** What `sona tune` leaves behind: a table for the terminal and one page, every trial in both. */
import type { Settings } from '../../tuning/settings.js'
import type { StageOutcome, Trial, Tuning } from '../../tuning/tuning.js'
import { count, decimals, signed } from '../evaluation-report/words.js'
import { escaped, page } from '../report-page.js'
import { searchable } from './stages.js'

export function tuningTable(tuning: Tuning): string {
  const stages = tuning.stages.flatMap((stage) => [
    '',
    `${stage.name} — ${stageSentence(stage)}`,
    ...aligned(linesOf(stage, tuning)),
  ])
  return [...factsOf(tuning), ...stages, '', verdictOf(tuning)].join('\n')
}

/** One self-contained page. */
export function tuningPage(tuning: Tuning): string {
  const title = `Tuning on ${tuning.data}, ${tuning.protocol}`
  const stages = tuning.stages.map((stage) => {
    const [head = [], ...lines] = linesOf(stage, tuning)
    return `<h2>${escaped(stage.name)}</h2>\n<p class="facts">${escaped(stageSentence(stage))}</p>\n${tableOf(head, lines, stage)}`
  })
  const body = `${factsOf(tuning)
    .map((line) => `<p class="facts">${escaped(line)}</p>`)
    .join('\n')}
<p class="choice">${escaped(verdictOf(tuning))}</p>
${stages.join('\n')}
<h2>The plan</h2>
<pre>${escaped(JSON.stringify(tuning.after.plan, undefined, 2))}</pre>
<h2>Make these numbers again</h2>
<pre>${escaped(tuning.command)}</pre>`
  return page({ title, body })
}

function factsOf({ data, protocol, seed, metric, rungs, questions, before }: Tuning): string[] {
  const asked = rungs.map(count).join(', then ')
  return [
    `${data}, ${protocol}, seed ${seed}: ${metric} on the validation, ${count(questions)} questions. The test was not computed.`,
    `Each rung asks ${asked} users; a trial without a number on a rung was left behind before it. ± is the standard error of the difference to trial 0; * is the best after it is taken off.`,
    ...(searchable(before.plan) === before.plan
      ? []
      : [
          `The ranker ${before.plan.ranker} learns on the validation, which cannot judge it: its stand-in, the plan’s weights, was asked.`,
        ]),
  ]
}

function verdictOf({ before, after, difference, metric, outOfTime }: Tuning): string {
  const time = outOfTime ? ' Time ended the search before all trials were made; only finished ones were compared.' : ''
  if (Number.isNaN(before.value)) return `There was no time to measure even the plan as it is; it stays.${time}`
  if (after.plan === before.plan) {
    return `Nothing better than ${before.plan.name} was found: ${metric} ${decimals(before.value)} on the validation; it stays.${time}`
  }
  const percent = signed((100 * (after.value - before.value)) / before.value, 1)
  const interval = difference === undefined ? '' : `; difference ${signed(difference.low)} to ${signed(difference.high)}`
  return (
    `${after.plan.name}: ${metric} ${decimals(after.value)} on the validation, ${percent} % beside ${decimals(before.value)} of ` +
    `${before.plan.name}${interval}. It flatters: the same users chose. \`sona evaluate --plan\` says what it is worth on the test.${time}`
  )
}

function stageSentence({ of, best, trials, isCut }: StageOutcome): string {
  const cut = isCut ? '; time ended it' : ''
  if (best === undefined) return `${of}; there was no time to measure it`
  const from = lastValue(trials.find(({ trial }) => trial === 0))
  if (best === 0) return `${of}: what was set stays, ${decimals(from)}${cut}`
  return `${of}: ${decimals(from)} → ${decimals(lastValue(trials.find(({ trial }) => trial === best)))}${cut}`
}

function lastValue(trial: Trial | undefined): number {
  return trial?.values.at(-1)?.value ?? Number.NaN
}

/** A head, then a line for each trial: its number, its settings, and its value on each rung. */
function linesOf({ trials, best }: StageOutcome, { rungs }: Tuning): string[][] {
  const names = [...new Set(trials.flatMap(({ settings }) => Object.keys(settings)))]
  const lines = trials.map(({ trial, settings, values }) => [
    `${trial}${trial === best ? ' *' : ''}`,
    ...names.map((name) => settingText(settings, name)),
    ...rungs.map((users) => decimals(values.find((each) => each.users === users)?.value ?? Number.NaN)),
    trial === 0 ? '' : decimals(values.at(-1)?.error ?? Number.NaN),
  ])
  return [['trial', ...names, ...rungs.map((users) => `${count(users)} users`), '±'], ...lines]
}

function settingText(settings: Settings, name: string): string {
  const value = settings[name]
  return value === undefined ? '·' : String(value)
}

function aligned(lines: readonly (readonly string[])[]): string[] {
  const widths = (lines[0] ?? []).map((_, column) => Math.max(...lines.map((line) => line[column].length)))
  return lines.map((line) => `  ${line.map((cell, column) => cell.padStart(widths[column])).join('  ')}`)
}

function tableOf(head: readonly string[], lines: readonly (readonly string[])[], { trials, best }: StageOutcome): string {
  const cells = (tag: string, line: readonly string[]): string => line.map((cell) => `<${tag}>${escaped(cell)}</${tag}>`).join('')
  const body = lines.map((line, at) => `<tr${trials[at].trial === best ? ' class="chosen"' : ''}>${cells('td', line)}</tr>`)
  return `<div class="scroll"><table class="numbers"><thead><tr>${cells('th', head)}</tr></thead><tbody>${body.join('\n')}</tbody></table></div>`
}
