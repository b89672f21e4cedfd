/** What servers write that no server should ever write, whatever is done to it. */
export interface OutputWatch {
  hear(line: string): void
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

export function createOutputWatch(server: string): OutputWatch {
  const kept: string[] = []
  let more = 0
  return {
    hear: (line) => {
      const found = suspects.find(([pattern]) => pattern.test(line))
      if (found === undefined) return
      if (kept.length < keptMax) kept.push(`${server} wrote ${found[1]}: ${line.slice(0, lineLengthMax)}`)
      else more += 1
    },
    faults: () => (more === 0 ? [...kept] : [...kept, `${server} wrote ${more} more such lines.`]),
  }
}
