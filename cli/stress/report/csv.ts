import { flag, kindOf, latencyUsOf, lineState, outcomeOf, type Records, serviceUsOf } from '../records.ts'
import { usernameOf } from '../usernames.ts'

export interface CsvRun {
  /** From 0. */
  readonly repeat: number
  readonly strategy: string | null
  readonly couponNames: readonly string[]
}

/** In the file's order. Times are milliseconds with three decimals; empty where there is none. */
export const csvColumns = [
  'run',
  'strategy',
  'line',
  'kind',
  'username',
  'coupon',
  'is_duplicate',
  'is_abandoned',
  'intended_ms',
  'sent_ms',
  'ended_ms',
  'latency_ms',
  'service_ms',
  'status',
  'outcome',
  'outcome_unknown',
] as const

/** Enough for a write to be worth its call, and few enough that a million requests are never held as text. */
const linesAtOnce = 1000

/**
 * The header and a line for each planned request, in chunks of whole lines; what was never answered has its
 * state (`planned`, `sent`, `dropped`, `skipped`) for an outcome. For several runs the header is of the first.
 */
export function* csvOf(run: CsvRun, records: Records, hasHeader = true): Generator<string> {
  if (hasHeader) yield `${csvColumns.join(',')}\n`
  const lineOf = lineWriter(run, records)
  for (let first = 0; first < records.total; first += linesAtOnce) {
    const size = Math.min(linesAtOnce, records.total - first)
    yield Array.from({ length: size }, (_, index) => lineOf(first + index)).join('')
  }
}

function lineWriter(run: CsvRun, records: Records): (line: number) => string {
  const names = run.couponNames.map(quoted)
  const head = `${run.repeat + 1},${quoted(run.strategy ?? '')}`
  const bit = (line: number, mask: number) => (((records.flags[line] ?? 0) & mask) === 0 ? 0 : 1)
  return (line) => {
    const cells = [
      head,
      line,
      kindOf(records, line),
      usernameOf(records.users[line] ?? 0),
      names[records.coupons[line] ?? 0] ?? '',
      bit(line, flag.isDuplicate),
      bit(line, flag.isAbandoned),
      ...timesOf(records, line),
      records.statuses[line] === 0 ? '' : records.statuses[line],
      outcomeOf(records, line) ?? stateOf(records, line),
      records.uncertain[line],
    ]
    return `${cells.join(',')}\n`
  }
}

/** Intended, sent, ended, latency, service. A request that nobody came to has no intended moment in a closed model. */
function timesOf(records: Records, line: number): [string, string, string, string, string] {
  const state = records.states[line] ?? lineState.planned
  const wasSent = state === lineState.sent || state >= lineState.firstOutcome
  const hasEnded = state >= lineState.firstOutcome
  const time = (isThere: boolean, us: number | undefined) => (isThere ? ((us ?? 0) / 1000).toFixed(3) : '')
  return [
    time(state !== lineState.planned, records.intendedUs[line]),
    time(wasSent, records.sentUs[line]),
    time(hasEnded, records.endedUs[line]),
    time(hasEnded, latencyUsOf(records, line)),
    time(hasEnded, serviceUsOf(records, line)),
  ]
}

const unanswered: Readonly<Record<number, string>> = {
  [lineState.sent]: 'sent',
  [lineState.dropped]: 'dropped',
  [lineState.skipped]: 'skipped',
}

function stateOf(records: Records, line: number): string {
  return unanswered[records.states[line] ?? lineState.planned] ?? 'planned'
}

/** All other cells are words and numbers of our own. */
function quoted(text: string): string {
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text
}
