import type { SlowOptions } from './db/slow-statements.ts'
import { type LogLines, roundedMs } from './log-lines.ts'
import type { Meters, PoolName } from './metrics/meters.ts'

export interface SlowLogOptions {
  readonly log: LogLines
  readonly slowMs: number
  readonly meters: Pick<Meters, 'count'>
}

/** Counts slow statements and tells each at warn; what a pool of that name is opened with. */
export function createSlowLog({ log, slowMs, meters }: SlowLogOptions) {
  let count = 0
  meters.count('coupon_slow_statements_total', () => count)
  const onSlow: SlowOptions['onSlow'] = ({ connection, statement, durationMs, failure, about }) => {
    count += 1
    const fields = { connection, statement, duration_ms: roundedMs(durationMs), ...about }
    log.warn({ ...fields, ...(failure !== null && { failure }) }, 'slow statement')
  }
  return (connection: PoolName): { readonly purpose: string; readonly slow: SlowOptions } => ({
    purpose: connection,
    slow: { connection, slowMs, onSlow },
  })
}
