import { createLog, type Log } from '../../server/log.ts'

export type LogLine = Readonly<Record<string, unknown>>

/** A log whose lines can be read, and waited for. */
export interface LogReader {
  readonly log: Log
  readonly lines: readonly LogLine[]
  /** Resolves with the first line that fits, also one that is there already; fails when none comes. */
  waitFor(isWanted: (line: LogLine) => boolean): Promise<LogLine>
}

const patienceMs = 10_000

export function createLogReader(level = 'debug'): LogReader {
  const lines: LogLine[] = []
  const watchers = new Set<(line: LogLine) => void>()
  const write = (text: string) => {
    const line = JSON.parse(text) as LogLine
    lines.push(line)
    for (const look of [...watchers]) look(line)
  }
  return {
    log: createLog(level, { write }),
    lines,
    waitFor: (isWanted) => {
      const known = lines.find(isWanted)
      if (known !== undefined) return Promise.resolve(known)
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          watchers.delete(look)
          const last = lines.slice(-10).map((line) => JSON.stringify(line))
          reject(new Error(`No such line within ${patienceMs} ms. The last ones:\n${last.join('\n')}`))
        }, patienceMs)
        const look = (line: LogLine) => {
          if (!isWanted(line)) return
          clearTimeout(timer)
          watchers.delete(look)
          resolve(line)
        }
        watchers.add(look)
      })
    },
  }
}
