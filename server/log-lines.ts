import type { Log } from './log.ts'

/** What the parts of a server write to the log by; the names of fields are in snake case. */
export interface LogLines {
  readonly isDebug: () => boolean
  debug(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}

export function linesOf(log: Log): LogLines {
  return {
    isDebug: () => log.isLevelEnabled('debug'),
    debug: (fields, message) => log.debug(fields, message),
    warn: (fields, message) => log.warn(fields, message),
    error: (fields, message) => log.error(fields, message),
  }
}

/** For who was given no log. */
export const noLines: LogLines = {
  isDebug: () => false,
  debug: () => {},
  warn: () => {},
  error: () => {},
}

/** Milliseconds as they stand in the log: to the microsecond. */
export function roundedMs(durationMs: number): number {
  return Math.round(durationMs * 1000) / 1000
}
