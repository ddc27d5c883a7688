/**
 * Draws the page's figures, in the reader's browser: plain JavaScript that finds `evaluation`, `d3` and `Plot` in its scope. Drawn
 * again when the window changes its width.
 */
export const plots = `
const rows = evaluation.rows.filter((row) => row.metrics[evaluation.metric].mean !== null)
  .sort((a, b) => b.metrics[evaluation.metric].mean - a.metrics[evaluation.metric].mean)
const headline = (row) => row.metrics[evaluation.metric]
const colorOf = (row) => row.kind === 'plan' ? 'var(--accent)' : 'var(--plain)'
const label = (row) => row.name === evaluation.chosen ? row.name + ' *' : row.name
const digits = d3.format('.4f')
const style = { background: 'transparent', fontSize: '12px', fontFamily: 'inherit' }
const nameWidth = 7 * d3.max(rows, (row) => label(row).length) + 24

function intervals(width) {
  return Plot.plot({
    width, style, marginLeft: nameWidth, marginRight: 60, marginTop: 8, marginBottom: 44, height: 26 * rows.length + 60,
    x: { label: evaluation.metric, labelOffset: 40, zero: true, grid: true, nice: true },
    y: { label: null, domain: rows.map(label), tickSize: 0 },
    marks: [
      Plot.ruleX([0]),
      Plot.ruleY(rows, { y: label, x1: (row) => headline(row).low, x2: (row) => headline(row).high, stroke: colorOf, strokeWidth: 3, strokeLinecap: 'round', strokeOpacity: 0.45 }),
      Plot.dot(rows, { y: label, x: (row) => headline(row).mean, fill: colorOf, r: 4.5 }),
      Plot.text(rows, { y: label, x: (row) => headline(row).high ?? headline(row).mean, text: (row) => digits(headline(row).mean), dx: 8, textAnchor: 'start' }),
    ],
  })
}

/** Recall at every cut-off it was taken at; with fewer than three of them, the ranking metrics instead. */
function curve(width) {
  const cutOffs = Object.keys(rows[0].metrics).filter((name) => name.startsWith('recall@')).map((name) => Number(name.slice(7))).sort(d3.ascending)
  const best = rows.slice(0, 10)
  if (cutOffs.length < 3) return metricsByRow(width, best)
  const points = best.flatMap((row) => cutOffs.map((k) => ({ name: label(row), k, value: row.metrics['recall@' + k].mean })))
  return Plot.plot({
    width, style, height: 380, marginLeft: 48, marginRight: 16, marginBottom: 44,
    x: { type: 'log', label: 'titles in the list', labelOffset: 40, ticks: cutOffs, tickFormat: String },
    y: { label: 'recall', grid: true, zero: true, nice: true },
    color: { legend: true, domain: best.map(label), scheme: 'observable10' },
    marks: [
      Plot.ruleY([0]),
      Plot.line(points, { x: 'k', y: 'value', stroke: 'name', strokeWidth: 1.8 }),
      Plot.dot(points, { x: 'k', y: 'value', fill: 'name', r: 2.5, tip: true }),
    ],
  })
}

function metricsByRow(width, best) {
  const names = ['ndcg', 'recall', 'precision', 'hit-rate', 'mrr', 'map'].map((name) => name + '@' + evaluation.at).filter((name) => rows[0].metrics[name])
  const points = best.flatMap((row) => names.map((name) => ({ name: label(row), metric: name, value: row.metrics[name].mean })))
  document.querySelector('#curve figcaption').textContent = 'Ranking metrics'
  return Plot.plot({
    width, style, height: 380, marginLeft: 100,
    x: { label: null, grid: true, zero: true, nice: true }, y: { label: null, domain: names, tickSize: 0 },
    color: { legend: true, domain: best.map(label), scheme: 'observable10' },
    marks: [Plot.dot(points, { x: 'value', y: 'metric', fill: 'name', r: 4, tip: true })],
  })
}

function cost(width) {
  const height = 400
  const seconds = rows.map((row) => row.trainSeconds)
  const isWide = d3.min(seconds) > 0 && d3.max(seconds) / d3.min(seconds) > 20
  const x = isWide
    ? { type: 'log', domain: [d3.min(seconds) / 1.5, d3.max(seconds) * 1.5], label: 'training, seconds (log)', labelOffset: 40, ticks: Math.max(2, Math.min(6, width / 90)), tickFormat: (seconds) => /^[125]/.test((seconds * 1e6).toFixed(0)) ? String(seconds) : '' }
    : { label: 'training, seconds', labelOffset: 40, zero: true, nice: true }
  const y = { label: evaluation.metric, grid: true, zero: true, nice: true }
  const scales = Plot.plot({ width, height, marginLeft: 48, marginBottom: 44, x, y, marks: [Plot.dot(rows, { x: 'trainSeconds', y: (row) => headline(row).mean })] })
  const placed = placeLabels(rows, (row) => scales.scale('x').apply(row.trainSeconds), (row) => scales.scale('y').apply(headline(row).mean), width)
  return Plot.plot({
    width, style, height, marginLeft: 48, marginBottom: 44, x, y,
    marks: [
      Plot.ruleY([0]),
      Plot.link(placed.filter((at) => Math.abs(at.labelY - at.pointY) > 7), { x1: (at) => at.row.trainSeconds, x2: (at) => scales.scale('x').invert(at.edge), y1: (at) => headline(at.row).mean, y2: (at) => scales.scale('y').invert(at.labelY), stroke: 'var(--line)' }),
      Plot.dot(rows, { x: 'trainSeconds', y: (row) => headline(row).mean, fill: colorOf, r: 4.5 }),
      ...['start', 'end'].map((anchor) => Plot.text(placed.filter((at) => at.anchor === anchor), {
        x: (at) => scales.scale('x').invert(at.edge), y: (at) => scales.scale('y').invert(at.labelY), text: (at) => label(at.row), textAnchor: anchor,
      })),
    ],
  })
}

/** Puts each label beside its point, towards the middle, and lower where another label already stands. */
function placeLabels(rows, xOf, yOf, width) {
  const placed = []
  for (const row of [...rows].sort((a, b) => yOf(a) - yOf(b))) {
    const pointX = xOf(row), pointY = yOf(row), length = 6.8 * label(row).length
    const anchor = pointX + 10 + length < width ? 'start' : 'end'
    const edge = anchor === 'start' ? pointX + 9 : pointX - 9
    const [left, right] = anchor === 'start' ? [edge, edge + length] : [edge - length, edge]
    let labelY = pointY
    for (let moved = true; moved;) {
      moved = false
      for (const other of placed) {
        if (right < other.left || other.right < left || Math.abs(labelY - other.labelY) >= 14) continue
        labelY = other.labelY + 14
        moved = true
      }
    }
    placed.push({ row, pointY, labelY, anchor, edge, left, right })
  }
  return placed
}

function slices(width) {
  const present = evaluation.slices.filter((slice) => slice.share > 0)
  const cells = present.flatMap((slice) => {
    const best = d3.max(rows, (row) => row.slices[slice.name].mean)
    return rows.map((row) => ({ row: label(row), slice: slice.name, value: row.slices[slice.name].mean, relative: best > 0 ? row.slices[slice.name].mean / best : 0 }))
  }).filter((cell) => cell.value !== null)
  const facts = present.map((slice) => ({ slice: slice.name, text: d3.format('.1%')(slice.share) + '\\n' + slice.users.toLocaleString('en-US') }))
  return Plot.plot({
    width: Math.max(width, nameWidth + 66 * present.length), style, marginLeft: nameWidth, marginTop: 36, marginBottom: 44, height: 28 * rows.length + 80,
    x: { axis: null, domain: present.map((slice) => slice.name) },
    y: { label: null, domain: rows.map(label), tickSize: 0 },
    marks: [
      Plot.cell(cells, { x: 'slice', y: 'row', fill: 'var(--accent)', fillOpacity: (cell) => 0.04 + 0.5 * cell.relative ** 3, inset: 1 }),
      Plot.text(cells, { x: 'slice', y: 'row', text: (cell) => d3.format('.3f')(cell.value), fontWeight: (cell) => cell.relative === 1 ? 700 : 400 }),
      Plot.axisX({ anchor: 'top', label: null, tickSize: 0, lineWidth: 6, tickFormat: (name) => name.replace(/([<≥]) /, '$1\\u00a0') }),
      Plot.text(facts, { x: 'slice', text: 'text', frameAnchor: 'bottom', lineAnchor: 'top', dy: 8, fill: 'var(--faint)' }),
    ],
  })
}

function draw() {
  for (const [id, figure] of Object.entries({ intervals, curve, cost, slices })) {
    const place = document.querySelector('#' + id + ' > div')
    place.replaceChildren(figure(place.clientWidth))
  }
}
let drawnWidth = innerWidth
addEventListener('resize', () => { if (innerWidth !== drawnWidth) { drawnWidth = innerWidth; draw() } })
draw()
`
