import type { SplitManifest } from './split-files.js'

/** The page that lies beside the files of a split: what they hold, what is allowed, and what to send back. */
export function splitReadme({ data, protocol, seed, fingerprint, note, users, items }: SplitManifest): string {
  return `# ${data}, ${protocol}, seed ${seed}

${note}

Written by \`sona evaluate --write-split\`. Users are 0 … ${users - 1}, items 0 … ${items - 1}. Files are CSV with a header, packed with gzip.

| file | columns |
|---|---|
| \`items.csv.gz\` | \`item\`, its \`id\` in the data, \`title\`, day \`released\` (may be empty), \`genres\` with \`|\` between them |
| \`<fold>/train.csv.gz\` | \`user\`, \`item\`, \`day\`, \`engagement\`: what models may learn from, a user's events together, the oldest first |
| \`<fold>/extra.csv.gz\` | the same columns: later events of users who are asked, the oldest first |
| \`<fold>/questions.csv.gz\` | \`question\`, \`user\`, \`day\`, \`extra\` |
| \`validation/targets.csv.gz\` | \`question\`, \`item\`: the right answers, for tuning |

A fold is \`validation\` or \`test\`. A day is counted from 1970-01-01 UTC. Engagement is 0–1; of a rating r on the scale 1–5 alone it is
0.4 + 0.3 · (r − 1) / 4.

**A question.** On \`day\`, rank all items for \`user\`, of whom the training events and the first \`extra\` of their extra events are known: that
is the history. Nothing later may be used for that question; models learn from \`train\` alone. Items of the history are not to be ranked.

**Rules.** Options are chosen on the validation fold, with its own training data; then the model learns from \`test/train.csv.gz\` with these
options and answers the test. The right answers of the test are not here.

**An answer** is one NDJSON file, plain or packed with gzip. First line:

    {"fingerprint": "${fingerprint}", "name": "…", "trainSeconds": 1.5, "peakMemoryMb": 300}

\`details\` may hold an object of your own; \`"error": "…"\` in place of lists says why there are none. Then one line for each question of both folds,
best item first, no item twice, 100 items or fewer:

    {"fold": "test", "question": 0, "items": [12, 7, 300]}

\`sona evaluate … --ranked name:file\`, with the options that wrote this split, scores it.
`
}
