/**
 * Counts of values by size, for each of a fixed number of rows: what a histogram is made of. Adding one is two sums in
 * plain arrays, since it happens with every claim; what it means is worked out when somebody asks.
 */
export interface Tally {
  add(row: number, value: number): void
  read(row: number): TallyRow
}

export interface TallyRow {
  readonly count: number
  readonly sum: number
  /** How many values were at most each bound, in the order of the bounds. */
  readonly upTo: readonly number[]
}

/** `bounds` grow; a value above the last is in the count and the sum alone. */
export function createTally(rows: number, bounds: readonly number[]): Tally {
  const limits = Float64Array.from(bounds)
  const width = limits.length + 1
  const counts = new Float64Array(rows * width)
  const sums = new Float64Array(rows)
  return {
    add: (row, value) => {
      let at = 0
      while (at < limits.length && value > (limits[at] as number)) at += 1
      const place = row * width + at
      counts[place] = (counts[place] as number) + 1
      sums[row] = (sums[row] as number) + value
    },
    read: (row) => {
      let count = 0
      const upTo: number[] = []
      for (const each of counts.subarray(row * width, (row + 1) * width)) {
        count += each
        upTo.push(count)
      }
      upTo.pop()
      return { count, sum: sums[row] ?? 0, upTo }
    },
  }
}
