import { type Attempt, type OperationKind, type Stall, stalledMs } from '../history.ts'
import { answersOf, type Books } from './books.ts'
import { atS, type Fault } from './evidence.ts'
import { sayTold } from './stored.ts'

/** Every operation has its final answer; and there were some, without which no check has anything to look at. */
export function* unanswered({ history }: Books): Generator<Fault> {
  if (history.operations.length === 0) yield { sentence: 'Nobody asked for anything.', operation: null }
  for (const operation of history.operations) {
    const { user, kind, coupon, attempts, final } = operation
    if (final !== null || attempts.length === 0) continue
    const last = attempts.at(-1)
    const heard = last?.answer?.told ?? last?.failure ?? 'nothing'
    const what = `${user}'s ${kind} (${coupon}), begun at ${atS(attempts[0]?.askedMs ?? 0)}`
    yield {
      sentence: `${what}, has no final answer after ${attempts.length} attempts; it heard last: ${heard}.`,
      operation,
    }
  }
}

/** No answer says that the service failed in a way nobody foresaw. */
export function* serverErrors({ history }: Books): Generator<Fault> {
  for (const told of answersOf(history.operations)) {
    const { status } = told.answer
    if (status >= 500 && status !== 503)
      yield { sentence: `${sayTold(told)}, with status ${status}.`, operation: told.operation }
  }
}

/** Answers after which the documentation promises to say when to ask again. */
const toldWhen: readonly string[] = ['unavailable', 'outcome_unknown', 'in_progress', 'too_many_requests']

export function* withoutRetryAfter({ history }: Books): Generator<Fault> {
  for (const told of answersOf(history.operations)) {
    const { status, told: what, retryAfterS } = told.answer
    if ((status !== 503 && !toldWhen.includes(what)) || retryAfterS !== null) continue
    yield { sentence: `${sayTold(told)} without a Retry-After.`, operation: told.operation }
  }
}

/** Which answers an operation can have, and with which status; docs/problems.md. */
const documented: Readonly<
  Record<string, { readonly status: number; readonly to: readonly OperationKind[] }>
> = {
  claimed: { status: 200, to: ['claim'] },
  already_claimed: { status: 409, to: ['claim'] },
  sold_out: { status: 400, to: ['claim'] },
  key_reused: { status: 422, to: ['claim'] },
  in_progress: { status: 409, to: ['claim'] },
  lock_busy: { status: 409, to: ['claim'] },
  confirmed: { status: 200, to: ['confirm'] },
  released: { status: 200, to: ['release'] },
  claim_expired: { status: 409, to: ['confirm', 'release'] },
  claim_released: { status: 409, to: ['confirm'] },
  seen: { status: 200, to: ['look'] },
  unavailable: { status: 503, to: ['claim', 'confirm', 'release', 'look'] },
  outcome_unknown: { status: 503, to: ['claim', 'confirm', 'release'] },
}
const withKeyOnly: readonly string[] = ['key_reused', 'in_progress']

/** Every answer is one that the documentation knows for what was asked. */
export function* undocumented({ history }: Books): Generator<Fault> {
  for (const told of answersOf(history.operations)) {
    const { operation, answer } = told
    const known = documented[answer.told]
    const isFine = known?.status === answer.status && known.to.includes(operation.kind)
    const hasKey = operation.key !== null || !withKeyOnly.includes(answer.told)
    if ((isFine && hasKey) || (answer.status >= 500 && answer.status !== 503)) continue
    const asked = `a ${operation.kind}${operation.key === null ? '' : ' with a key'}`
    yield {
      sentence: `${sayTold(told)}, with status ${answer.status}; that is no answer to ${asked}.`,
      operation,
    }
  }
}

/**
 * What network and a busy machine may add to `context.timeout`, beside the times in which the client stood still: at most 94 ms were
 * seen with 15 processes waiting for two processors, 307 ms with them kept from us. Less than the 0.5 s by which pg waits longer for a
 * statement than Postgres does: an answer that waits for that alone is late.
 */
const marginMs = 400

/** An answer comes within `context.timeout` once the request is on an established connection. */
export function* late({ history, contextTimeoutMs }: Books): Generator<Fault> {
  for (const operation of history.operations) {
    for (const attempt of operation.attempts) {
      const waitedMs = waitedOf(attempt, history.stalls)
      if (waitedMs === null || waitedMs <= contextTimeoutMs + marginMs) continue
      const heard = attempt.answer?.told ?? attempt.failure ?? 'nothing'
      const sent = `${operation.user}'s ${operation.kind} was sent to ${attempt.server} at ${atS(attempt.sentMs ?? 0)}`
      yield { sentence: `${sent} and heard after ${atS(waitedMs)} only: ${heard}.`, operation }
    }
  }
}

/** Without the time in which the client itself stood still; null for what was never sent or has not ended. */
function waitedOf({ sentMs, endedMs }: Attempt, stalls: readonly Stall[]): number | null {
  if (sentMs === null || endedMs === null) return null
  return endedMs - sentMs - stalledMs(stalls, sentMs, endedMs)
}
