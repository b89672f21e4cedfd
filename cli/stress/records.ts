import { type Ending, type OutcomeName, outcomeNames } from './outcomes.ts'
import { type RequestKind, requestKinds } from './shape.ts'

/**
 * One line for each request, written before it is sent and completed by its answer: the run's own books, which
 * the proof holds against the database. Columns in shared memory, so that several threads write and one reads; a
 * line is written by one thread alone. Times are microseconds since the run began, up to 71 minutes.
 *
 * States of a line: planned -> sent -> one of the outcomes; planned -> dropped | skipped.
 */
export interface Records {
  readonly total: number
  /** What was planned: whose request it is, for which of the run's coupons, and what it asks for. */
  readonly users: Uint32Array
  readonly coupons: Uint16Array
  readonly kinds: Uint8Array
  readonly flags: Uint8Array
  /** When it was meant to be sent; in a closed model, when a connection took it. Latency runs from here. */
  readonly intendedUs: Uint32Array
  /** When it was written to its connection. Service time runs from here. */
  readonly sentUs: Uint32Array
  readonly endedUs: Uint32Array
  readonly states: Uint8Array
  /** 1 where the server may have stored or released a claim although its answer did not say so. */
  readonly uncertain: Uint8Array
  /** Status of the answer; 0 without one. */
  readonly statuses: Uint16Array
  /** For a release: the line of the claim that it gives back, plus one; 0 for none. */
  readonly claimLines: Uint32Array
}

/** Bits of `flags`. */
export const flag = { isDuplicate: 1, isAbandoned: 2 } as const

export const lineState = { planned: 0, sent: 1, dropped: 2, skipped: 3, firstOutcome: 4 } as const

/** Bytes a request. */
export const recordBytes = 32

type Column = new (
  buffer: SharedArrayBuffer,
  offset: number,
  length: number,
) => { readonly byteLength: number }

/** The widest first, so that each begins where its width divides. */
const columns: Readonly<Record<string, Column>> = {
  users: Uint32Array,
  intendedUs: Uint32Array,
  sentUs: Uint32Array,
  endedUs: Uint32Array,
  claimLines: Uint32Array,
  coupons: Uint16Array,
  statuses: Uint16Array,
  kinds: Uint8Array,
  flags: Uint8Array,
  states: Uint8Array,
  uncertain: Uint8Array,
}

/** Empty books for so many requests. `shared`: those of another thread, to be seen here as well. */
export function createRecords(
  total: number,
  shared?: SharedArrayBuffer,
): Records & {
  readonly buffer: SharedArrayBuffer
} {
  const buffer = shared ?? new SharedArrayBuffer(total * recordBytes)
  let offset = 0
  const views = Object.entries(columns).map(([name, ColumnOf]) => {
    const view = new ColumnOf(buffer, offset, total)
    offset += view.byteLength
    return [name, view]
  })
  return { total, buffer, ...Object.fromEntries(views) } as ReturnType<typeof createRecords>
}

export function markSent(records: Records, line: number, nowUs: number): void {
  records.states[line] = lineState.sent
  records.sentUs[line] = nowUs
}

export function wasSent(records: Records, line: number): boolean {
  return records.states[line] !== lineState.planned
}

/** The state is written last, and as an atomic: another thread that sees it sees the rest. */
export function markEnded(records: Records, line: number, end: { ending: Ending; nowUs: number }): void {
  const { ending, nowUs } = end
  records.endedUs[line] = nowUs
  records.statuses[line] = ending.status
  records.uncertain[line] = ending.isUncertain ? 1 : 0
  Atomics.store(records.states, line, lineState.firstOutcome + outcomeNames.indexOf(ending.outcome))
}

/** It was due, and no connection was free for so long that it was never sent. */
export function markDropped(records: Records, line: number): void {
  records.states[line] = lineState.dropped
}

/** A release, when there was nothing of this run's to give back. */
export function markSkipped(records: Records, line: number): void {
  records.states[line] = lineState.skipped
}

/** Null while there is no answer, and for a request that was never sent. */
export function outcomeOf(records: Records, line: number): OutcomeName | null {
  return outcomeNames[(records.states[line] ?? lineState.planned) - lineState.firstOutcome] ?? null
}

export function kindOf(records: Records, line: number): RequestKind {
  return requestKinds[records.kinds[line] ?? 0] ?? 'claim'
}

/** From the intended moment to the last byte of the answer. */
export function latencyUsOf(records: Records, line: number): number {
  return Math.max(0, (records.endedUs[line] ?? 0) - (records.intendedUs[line] ?? 0))
}

/** From the write to the last byte of the answer. */
export function serviceUsOf(records: Records, line: number): number {
  return Math.max(0, (records.endedUs[line] ?? 0) - (records.sentUs[line] ?? 0))
}

/** In an open model: how long after its intended moment a request is sent without being late. */
const lateUs = 10_000

/** Whether a request was sent later than it was meant to be by more than that. A closed model does not mean it. */
export function wasLate(records: Records, line: number): boolean {
  const state = records.states[line] ?? lineState.planned
  if (state !== lineState.sent && state < lineState.firstOutcome) return false
  return (records.sentUs[line] ?? 0) - (records.intendedUs[line] ?? 0) > lateUs
}

export function countLate(records: Records): number {
  let late = 0
  for (let line = 0; line < records.total; line++) if (wasLate(records, line)) late++
  return late
}
