import uPlot from 'uplot'
import { clockTime, count } from './format.ts'

export interface Line {
  readonly label: string
  /** The name of a colour in style/colours.css. */
  readonly colour: string
  readonly format: (value: number) => string
  readonly isFilled?: boolean
  readonly isStepped?: boolean
  /** Some of its values are null. */
  readonly hasGaps?: boolean
}

interface ChartLook {
  readonly element: Element
  readonly lines: readonly Line[]
  readonly height: number
  /** The top of the scale now; undefined for that of the data. */
  readonly top: () => number | undefined
  /** Told the position under the cursor, null when there is none. */
  readonly onPoint: (index: number | null) => void
}

const font = '11px system-ui, sans-serif'

/** The look of every chart; the colours are those of the page's style at this moment. */
export function chartOptions({ element, lines, height, top, onPoint }: ChartLook): uPlot.Options {
  const style = getComputedStyle(element)
  const colour = (name: string) => style.getPropertyValue(`--${name}`).trim()
  const axis = { stroke: colour('muted'), font, ticks: { show: false }, gap: 4 }
  return {
    width: Math.max(element.clientWidth, 100),
    height,
    legend: { show: false },
    // A time at the right edge needs half of its width.
    padding: [8, 26, 0, 0],
    cursor: { y: false, points: { size: 7 }, drag: { x: false, y: false } },
    hooks: { setCursor: [({ cursor }) => onPoint(cursor.idx ?? null)] },
    scales: { y: { range: (_plot, _min, max) => [0, top() ?? Math.max(1, (max ?? 0) * 1.1)] } },
    axes: [
      {
        ...axis,
        size: 24,
        space: 80,
        grid: { show: false },
        values: (_plot, splits) => splits.map((at) => clockTime(at * 1000)),
      },
      {
        ...axis,
        size: 46,
        space: 36,
        grid: { stroke: colour('line'), width: 1 },
        values: (_plot, splits) =>
          splits.map((value) => (value >= 10_000 ? `${count(value / 1000)}k` : String(value))),
      },
    ],
    series: [{}, ...lines.map((line) => seriesOf(line, colour(line.colour)))],
  }
}

function seriesOf(
  { isFilled = false, isStepped = false, hasGaps = false, label }: Line,
  stroke: string,
): uPlot.Series {
  return {
    label,
    stroke,
    width: 1.75,
    // A lone point between gaps would be no line.
    points: hasGaps ? { size: 4, width: 0, fill: stroke } : { show: false },
    ...(isFilled && { fill: `${stroke}26` }),
    ...(isStepped && uPlot.paths.stepped !== undefined && { paths: uPlot.paths.stepped({ align: 1 }) }),
  }
}
