import { type Ending, type OutcomeName, outcomeNames } from './outcomes.ts'

/**
 * One line for each request, written before it is sent and completed by its answer: the run's own books, which
 * the proof holds against the database. Typed arrays, 22 bytes a request.
 *
 * States of a line: planned -> sent -> one of the outcomes.
 */
export interface Records {
  readonly total: number
  /** The index of the user each request is for, in the order of sending. */
  readonly users: Uint32Array
  readonly states: Uint8Array
  /** 1 where the outcome is an error that may have stored a claim. */
  readonly uncertain: Uint8Array
  /** Milliseconds since the barrier. */
  readonly sentMs: Float64Array
  readonly latenciesUs: Uint32Array
  /** The requests in the order of their answers; `finished` of them are filled in. */
  readonly finishOrder: Uint32Array
  finished: number
}

const planned = 0
const sent = 1
const firstOutcome = 2

/** `users` is the order of sending, one entry a request; the records keep it. */
export function createRecords(users: Uint32Array): Records {
  const total = users.length
  return {
    total,
    users,
    states: new Uint8Array(total),
    uncertain: new Uint8Array(total),
    sentMs: new Float64Array(total),
    latenciesUs: new Uint32Array(total),
    finishOrder: new Uint32Array(total),
    finished: 0,
  }
}

/** A lane has taken the request; should no connection come about, its time counts from here. */
export function markTaken(records: Records, request: number, nowMs: number): void {
  records.sentMs[request] = nowMs
}

export function markSent(records: Records, request: number, nowMs: number): void {
  records.states[request] = sent
  records.sentMs[request] = nowMs
}

export function wasSent(records: Records, request: number): boolean {
  return records.states[request] !== planned
}

export function markEnded(records: Records, request: number, end: { ending: Ending; nowMs: number }): void {
  records.states[request] = firstOutcome + outcomeNames.indexOf(end.ending.outcome)
  records.uncertain[request] = end.ending.isUncertain ? 1 : 0
  records.latenciesUs[request] = Math.round((end.nowMs - (records.sentMs[request] ?? 0)) * 1000)
  records.finishOrder[records.finished] = request
  records.finished++
}

/** Null while there is no answer. */
export function outcomeOf(records: Records, request: number): OutcomeName | null {
  return outcomeNames[(records.states[request] ?? planned) - firstOutcome] ?? null
}
