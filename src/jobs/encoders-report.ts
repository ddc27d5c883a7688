import type { EightBits, EncoderCost } from './eight-bits.js'
import { style } from './evaluation-report/style.js'
import type { EncodersReport } from './train-encoders.js'

/** What an encoder was made of, as a page that needs nothing else. */
export function encodersPage(version: string, report: EncodersReport): string {
  return `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><title>Encoder ${escaped(version)}</title><style>${style}</style></head>
<body>
<h1>Encoder ${escaped(version)}</h1>
${tableOf(rowsOf(report))}
<p>The user encoder is the one that foretells the next item of users it did not learn from: attention where the interval of its gain over
the mean that fades is above zero, else that mean.</p>
</body>
</html>
`
}

function rowsOf(report: EncodersReport): readonly (readonly [string, string])[] {
  const { user, seconds, vocabulary } = report
  const number = (value: number): string => value.toFixed(4)
  const whole = (value: number): string => value.toLocaleString('en')
  return [
    ['Items', whole(report.items)],
    ['Items with a text', whole(report.withText)],
    ['Items with a vector', whole(report.withVector)],
    ['Users', whole(report.users)],
    ['Visits', whole(report.events)],
    ...(vocabulary
      ? ([['Vocabulary', `${whole(vocabulary.words)} words, ${whole(vocabulary.parts)} parts of words`]] as const)
      : []),
    ['User encoder', user.chosen === 'attention' ? 'attention' : 'the mean that fades'],
    ['NDCG@20 of attention', number(user.attention)],
    ['NDCG@20 of the mean', number(user.decayedMean)],
    ['Difference, 95 %', `${number(user.difference.mean)} (${number(user.difference.low)} to ${number(user.difference.high)})`],
    ['Users learned from, judged by', `${whole(user.learnedFrom)}, ${whole(user.judgedBy)}`],
    ...eightBitRows(report.eightBits),
    ['Seconds for texts, items, users', [seconds.text, seconds.content, seconds.user].map((each) => each.toFixed(1)).join(', ')],
  ]
}

function eightBitRows({ items, whole, small, nearestKept }: EightBits): readonly (readonly [string, string])[] {
  const cost = ({ itemsPerSecond, bytes }: EncoderCost): string =>
    `${Math.round(itemsPerSecond).toLocaleString('en')} items a second, ${(bytes / 1e6).toFixed(1)} MB`
  return [
    [`32 bits, ${items.toLocaleString('en')} items`, cost(whole)],
    ['8 bits', cost(small)],
    ['Nearest ten kept in 8 bits', `${(100 * nearestKept).toFixed(1)} %`],
  ]
}

function tableOf(rows: readonly (readonly [string, string])[]): string {
  return `<table>\n${rows.map(([name, value]) => `<tr><th scope="row">${escaped(name)}</th><td>${escaped(value)}</td></tr>`).join('\n')}\n</table>`
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;')
}
