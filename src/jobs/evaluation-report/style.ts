/** The page's style sheet: one column, light or dark as the reader's system is, figures in the page's own ink. */
export const style = `
:root {
  color-scheme: light dark;
  --paper: #ffffff; --card: #f5f6f8; --ink: #1b1f24; --faint: #626a73; --line: #dde1e6; --accent: #0a66c2; --plain: #8b939c;
}
@media (prefers-color-scheme: dark) {
  :root { --paper: #14171a; --card: #1d2126; --ink: #e8eaed; --faint: #9aa3ad; --line: #333a42; --accent: #5aa9ff; --plain: #838c96; }
}
* { box-sizing: border-box }
body { margin: 0; background: var(--paper); color: var(--ink); font: 15px/1.5 system-ui, 'Segoe UI', 'Helvetica Neue', Arial, sans-serif }
main { max-width: 1120px; margin: 0 auto; padding: 32px 24px 64px }
h1 { font-size: 26px; line-height: 1.2; margin: 0 0 6px; overflow-wrap: anywhere }
h2 { font-size: 18px; margin: 40px 0 8px }
p { margin: 0 0 12px; max-width: 85ch }
.facts { color: var(--faint); font-size: 14px }
.choice { font-size: 17px; margin-top: 20px }
.note { border-left: 3px solid var(--accent); background: var(--card); padding: 10px 14px; font-size: 14px; max-width: none }
figure { margin: 28px 0 0; min-width: 0 }
figcaption { font-weight: 600; margin-bottom: 6px }
figcaption span { display: block; font-weight: 400; font-size: 13px; color: var(--faint) }
figure svg { overflow: visible; --plot-background: var(--paper) }
figure > div > figure { margin: 0 }
#slices > div { overflow-x: auto }
#slices svg { max-width: none }
.pair { display: grid; grid-template-columns: 1fr 1fr; gap: 32px }
@media (max-width: 860px) { .pair { grid-template-columns: 1fr; gap: 0 } }
.scroll { overflow-x: auto; margin-top: 8px }
table { border-collapse: collapse; font-size: 13px; min-width: 100% }
th, td { text-align: left; vertical-align: top; padding: 6px 12px 6px 0; border-bottom: 1px solid var(--line) }
thead th { color: var(--faint); font-weight: 600; white-space: nowrap }
.numbers th, .numbers td { text-align: right; white-space: nowrap; font-variant-numeric: tabular-nums; padding: 6px 0 6px 16px }
.numbers th:first-child { text-align: left; padding-left: 0; position: sticky; left: 0; background: var(--paper) }
.numbers small { display: block; color: var(--faint); font-size: 11px }
.chosen th, .chosen td { font-weight: 600 }
.chosen small { font-weight: 400 }
pre { background: var(--card); border: 1px solid var(--line); border-radius: 4px; padding: 12px 14px; overflow-x: auto; font-size: 13px }
`
