/**
 * What runs in the browser: it draws each chart of the page's data once its place has a width, keeps it as wide as its
 * place, in the page's colours, and shows the run that was chosen. Plain JavaScript as text, since the page carries it
 * word for word and its policy names its hash; all that can be decided before is decided in charts/.
 */
export const pageScript = `(() => {
'use strict'
const root = document.documentElement
root.classList.add('live')
const charts = JSON.parse(document.getElementById('charts').textContent)
const places = [...document.querySelectorAll('.plot')]
const drawn = new Map()

const bend = {
  linear: (value) => value,
  log: (value) => Math.log10(value),
  percentile: (value) => -Math.log10(1 - value / 100),
}
const unbend = {
  linear: (value) => value,
  log: (value) => 10 ** value,
  percentile: (value) => 100 * (1 - 10 ** -value),
}
const digits = (value, most) => value.toLocaleString('en-US', { maximumFractionDigits: most })
const precise = (value) => Number(value.toPrecision(4)).toLocaleString('en-US', { maximumFractionDigits: 3 })
const write = {
  s: (value) => digits(value, 3) + ' s',
  ms: (value) => precise(value) + ' ms',
  per_s: (value) => digits(value, value < 100 ? 1 : 0) + '/s',
  count: (value) => digits(value, 0),
  percentile: (value) => 'p' + digits(value, 4),
}
const colour = (name) => getComputedStyle(root).getPropertyValue('--' + name).trim()

function axisOf(axis, side, font) {
  const marks = axis.ticks === undefined ? undefined : axis.ticks.map(bend[axis.scale])
  const label = (value) => {
    if (axis.unit === 'ms' && axis.ticks !== undefined) {
      const ms = unbend[axis.scale](value)
      return ms >= 1000 ? precise(ms / 1000) + ' s' : precise(ms) + ' ms'
    }
    return write[axis.unit](unbend[axis.scale](value)).replace('/s', '')
  }
  return {
    side,
    font,
    stroke: colour('muted'),
    grid: { stroke: colour('line'), width: 1 },
    ticks: { stroke: colour('line'), width: 1, size: 4 },
    space: side === 2 ? 64 : 30,
    gap: 4,
    size: side === 2 ? 28 : (plot, labels) => 14 + 6.6 * Math.max(2, axis.labelChars || 0, ...(labels || []).map((text) => (text || '').length)),
    splits: marks === undefined ? undefined : () => marks,
    values: (plot, splits) => thinned(plot, splits, side).map((value) => (value === null ? null : label(value))),
  }
}

// A label is left out where it would run into the one before.
function thinned(plot, splits, side) {
  const key = side === 2 ? 'x' : 'y'
  const apartPx = side === 2 ? 46 : 18
  let last = -Infinity
  return splits.map((value) => {
    const at = plot.valToPos(value, key)
    if (Math.abs(at - last) < apartPx && last !== -Infinity) return null
    last = at
    return value
  })
}

// Each column on top of those before it.
function stacked(columns) {
  const sums = columns.length === 0 ? [] : columns[0].map(() => 0)
  return columns.map((column) => column.map((value, index) => (sums[index] += value || 0)))
}

function optionsOf(chart, width) {
  const font = '12px system-ui, sans-serif'
  const isStepped = chart.kind !== 'lines'
  const isStack = chart.kind === 'stack'
  const value = (series, index) => {
    const own = index === null || index === undefined ? null : series.ys[index]
    return own === null || own === undefined ? '' : write[chart.y.unit](own)
  }
  const when = (index) => {
    if (index === null || index === undefined) return ''
    const next = chart.xs[index + 1]
    const from = write[chart.x.unit](chart.xs[index])
    return isStepped && chart.x.unit === 'ms' && next !== undefined ? from + ' – ' + write.ms(next) : from
  }
  const scale = (axis, isX) => ({
    time: false,
    range: () => [bend[axis.scale](axis.min) * (isX || axis.scale !== 'linear' ? 1 : 1.06), bend[axis.scale](axis.max) * (isX || axis.scale !== 'linear' ? 1 : 1.06)],
  })
  const line = (series, column) => ({
    label: series.label,
    stroke: colour(series.colour),
    width: isStack ? 0 : 2,
    dash: series.dash,
    fill: isStack ? (column === 0 ? colour(series.colour) : undefined) : series.isFilled ? colour(series.colour) + '55' : undefined,
    paths: isStepped ? uPlot.paths.stepped({ align: 1 }) : undefined,
    points: { show: !isStepped && chart.xs.length < 3 },
    spanGaps: chart.spansGaps === true,
    value: (plot, raw, seriesIndex, index) => value(series, index),
  })
  return {
    width,
    height: width < 480 ? Math.min(300, chart.heightPx || 240) : chart.heightPx || 240,
    padding: [10, 14, 0, 0],
    legend: {
      live: true,
      markers: {
        dash: (plot, index) => (chart.series[index - 1].dash === undefined ? 'solid' : 'dashed'),
        fill: (plot, index) => (chart.series[index - 1].dash === undefined ? colour(chart.series[index - 1].colour) : 'transparent'),
      },
    },
    cursor: {
      y: false,
      drag: { x: false, y: false },
      sync: chart.group === undefined ? undefined : { key: chart.group, scales: ['x', null] },
    },
    scales: { x: scale(chart.x, true), y: scale(chart.y, false) },
    axes: [axisOf(chart.x, 2, font), axisOf(chart.y, 3, font)],
    series: [
      { label: chart.x.unit === 's' ? 'at' : chart.x.unit === 'percentile' ? 'percentile' : 'took', value: (plot, raw, seriesIndex, index) => when(index) },
      ...chart.series.map(line),
    ],
    bands: isStack
      ? chart.series.slice(1).map((series, index) => ({ series: [index + 2, index + 1], fill: colour(series.colour) }))
      : undefined,
  }
}

function draw(place) {
  const width = Math.floor(place.clientWidth)
  if (width === 0) return
  const chart = charts[Number(place.dataset.chart)]
  const old = drawn.get(place)
  if (old !== undefined && old.width === width) return
  if (old !== undefined) return old.setSize({ width, height: old.height })
  const columns = chart.series.map(({ ys }) => ys.map((y) => (y === null ? null : bend[chart.y.scale](y))))
  const data = [chart.xs.map(bend[chart.x.scale]), ...(chart.kind === 'stack' ? stacked(columns) : columns)]
  drawn.set(place, new uPlot(optionsOf(chart, width), data, place))
}

function drawAgain() {
  for (const plot of drawn.values()) plot.destroy()
  drawn.clear()
  for (const place of places) draw(place)
}

function choose() {
  const chosen = document.getElementById(location.hash.slice(1))
  if (chosen === null || !chosen.classList.contains('run')) return mark()
  for (const run of chosen.parentElement.children) run.classList.toggle('chosen', run === chosen)
  mark()
  chosen.scrollIntoView()
}

function mark() {
  for (const run of document.querySelectorAll('.run')) {
    const link = document.querySelector('a[href="#' + run.id + '"]')
    if (run.classList.contains('chosen')) link.setAttribute('aria-current', 'true')
    else link.removeAttribute('aria-current')
  }
}

// In the next frame, for drawing changes sizes, which the observer must not be told while it tells.
const observer = new ResizeObserver((entries) =>
  requestAnimationFrame(() => entries.forEach(({ target }) => draw(target))),
)
choose()
for (const place of places) {
  draw(place)
  observer.observe(place)
}
addEventListener('hashchange', choose)
matchMedia('(prefers-color-scheme: dark)').addEventListener('change', drawAgain)
// On paper the page is light and of a paper's width.
const setPrinting = (isPrinting) => () => {
  root.classList.toggle('printing', isPrinting)
  drawAgain()
}
addEventListener('beforeprint', setPrinting(true))
addEventListener('afterprint', setPrinting(false))
})()`
