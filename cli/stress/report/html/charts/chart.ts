/**
 * A chart as data: what the page's script (script.ts) draws of it. All numbers are as people say them; the script
 * bends them to the axis, so that its cursor can tell them back.
 */
export interface Chart {
  readonly title: string
  /** How it is to be read, below its title. */
  readonly note: string
  /** What it says, in words, for those who do not see it. */
  readonly summary: string
  readonly kind: 'lines' | 'steps' | 'stack'
  readonly x: Axis
  readonly y: Axis
  readonly xs: readonly number[]
  readonly series: readonly ChartSeries[]
  /** Points that are null are passed over rather than left open. */
  readonly spansGaps?: boolean
  readonly heightPx?: number
  /** Charts of one group show the same moment under the cursor. */
  readonly group?: string
}

export interface ChartSeries {
  readonly label: string
  /** The name of a colour of the style sheet. */
  readonly colour: string
  readonly dash?: readonly number[]
  readonly isFilled?: boolean
  readonly ys: readonly (number | null)[]
}

export interface Axis {
  readonly scale: 'linear' | 'log' | 'percentile'
  readonly unit: 's' | 'ms' | 'per_s' | 'count' | 'percentile'
  readonly min: number
  readonly max: number
  /** Where the axis is marked; on a linear one the script chooses. */
  readonly ticks?: readonly number[]
  /** Room for labels of so many characters, where charts are to stand in line. */
  readonly labelChars?: number
}

/** Enough to be an axis although all values are one; `values` are above 0. */
export function logAxis(values: readonly number[], unit: Axis['unit']): Axis {
  const low = leastOf(values)
  const high = mostOf(values)
  const [min, max] = high > low * 1.5 ? [low, high] : [low / 1.5, high * 1.5]
  return { scale: 'log', unit, min, max: max * 1.08, ticks: ticksBetween(min, max) }
}

export function linearAxis(max: number, unit: Axis['unit']): Axis {
  return { scale: 'linear', unit, min: 0, max: max > 0 ? max : 1 }
}

/** 1, 2, 5, 10 … between the two; over more than three decades the powers of ten alone. */
function ticksBetween(min: number, max: number): number[] {
  const factors = max / min > 1000 ? [1] : [1, 2, 5]
  const powers = range(Math.floor(Math.log10(min)), Math.ceil(Math.log10(max)))
  const ticks = powers.flatMap((power) => factors.map((factor) => Number(`${factor}e${power}`)))
  return ticks.filter((tick) => tick >= min && tick <= max)
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, index) => from + index)
}

/** Without spreading, which a long list would not survive. */
export function mostOf(values: Iterable<number>): number {
  let most = Number.NEGATIVE_INFINITY
  for (const value of values) if (value > most) most = value
  return most
}

export function leastOf(values: Iterable<number>): number {
  let least = Number.POSITIVE_INFINITY
  for (const value of values) if (value < least) least = value
  return least
}

/** The smallest latency that a logarithmic axis shows: a microsecond. */
export const leastMs = 0.001
