/** The middle one, or the mean of the middle two; NaN of nothing. */
export function median(values: readonly number[]): number {
  const sorted = [...values].sort((one, other) => one - other)
  const middle = Math.floor(sorted.length / 2)
  if (sorted.length % 2 === 1) return sorted[middle] ?? Number.NaN
  return ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2
}

export interface Spread {
  readonly median: number
  readonly min: number
  readonly max: number
}

export function spreadOf(values: readonly number[]): Spread {
  return { median: median(values), min: Math.min(...values), max: Math.max(...values) }
}

/**
 * Repeat by repeat, since the two were measured one right after the other: what slows the machine down for a while slows
 * both.
 */
export function ratios(over: readonly number[], under: readonly number[]): number[] {
  return over.slice(0, under.length).map((value, repeat) => value / (under[repeat] ?? Number.NaN))
}

/** A ratio that is wanted; `within` 1.05 is from 1 / 1.05 to 1.05. */
export interface Aim {
  readonly is: 'at least' | 'at most' | 'within'
  readonly ratio: number
}

export function isMet({ is, ratio }: Aim, value: number): boolean {
  const isEnough = value >= (is === 'within' ? 1 / ratio : ratio)
  if (is === 'at least') return isEnough
  return value <= ratio && (is === 'at most' || isEnough)
}
