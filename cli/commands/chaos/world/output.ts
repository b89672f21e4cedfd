/** What servers write that no server should ever write, whatever is done to it. */
export interface OutputWatch {
  hear(line: string): void
  /**
   * A worker is about to be killed: that its parent tells of its end is no fault; nor is it, until `end` is called, that a new one could not
   * reach what it needs, which another fault may hold.
   */
  expectEnd(pid: number): { end(): void }
  /** Sentences, the first of many; each with the line. */
  faults(): string[]
}

/** Why a line is a fault. What a server says of an outage is none: warnings may hold the stack of the driver's error. */
const suspects: readonly (readonly [RegExp, string])[] = [
  [/unhandled|uncaught/i, 'an error that nobody handled'],
  [/\b(Type|Reference|Range|Syntax)Error\b/, 'a fault of the program'],
  [/FATAL ERROR|heap out of memory/, 'the end of its memory'],
  [/^\(node:\d+\)/, 'a warning of Node'],
  [/"level":(50|60)\b/, 'an error that it did not expect'],
  [/^\s+at .*:\d+:\d+\)?$/, 'a stack trace'],
  [/^Worker \d+ ended/, 'a worker that ended by itself'],
]

/** Enough to see what it was; a fault that comes with each request would fill the memory. */
const keptMax = 20
const lineLengthMax = 500

/** Exit code 3: what it needs could not be reached (`coupon --help`). */
const unreachable = /^Worker \d+ ended \(exit code 3\)/

export function createOutputWatch(server: string): OutputWatch {
  const kept: string[] = []
  const killed = new Set<number>()
  let replacing = 0
  let more = 0

  function isExpected(line: string): boolean {
    const [, pid] = /^Worker (\d+) ended \(SIGKILL\)/.exec(line) ?? []
    // Each ends once.
    return (pid !== undefined && killed.delete(Number(pid))) || (replacing > 0 && unreachable.test(line))
  }

  return {
    expectEnd: (pid) => {
      killed.add(pid)
      replacing += 1
      return {
        end: () => {
          replacing -= 1
        },
      }
    },
    hear: (line) => {
      if (isExpected(line)) return
      const found = suspects.find(([pattern]) => pattern.test(line))
      if (found === undefined) return
      if (kept.length < keptMax) kept.push(`${server} wrote ${found[1]}: ${line.slice(0, lineLengthMax)}`)
      else more += 1
    },
    faults: () => (more === 0 ? [...kept] : [...kept, `${server} wrote ${more} more such lines.`]),
  }
}
