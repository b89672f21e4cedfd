import { flag, type Records } from '../records.ts'

/** Which lines a thread sends: every so many-th, and with each its duplicate. */
export interface Share {
  readonly thread: number
  readonly threads: number
}

/** A thread's lines, in the order of sending. */
export interface Lines {
  /** The line that is next; the total of all when none is left. */
  readonly next: number
  /** Goes on to the one after it. */
  advance(): void
}

export function createLines(records: Records, { thread, threads }: Share): Lines {
  let next = -1
  let isMine = false

  function advance(): void {
    do {
      next++
      if (!isDuplicate(records, next)) isMine = next % threads === thread
    } while (!isMine && next < records.total)
    if (next > records.total) next = records.total
  }

  advance()
  return {
    get next() {
      return next
    },
    advance,
  }
}

export function isDuplicate(records: Records, line: number): boolean {
  return ((records.flags[line] ?? 0) & flag.isDuplicate) !== 0
}
