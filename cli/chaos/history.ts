/**
 * What the clients of a run asked, and what each attempt came to: written down before it is sent, and completed by its
 * answer. Times are milliseconds since the run began, by the clients' clock.
 */

export type OperationKind = 'claim' | 'confirm' | 'release' | 'look'

/** What a client wants: one thing, asked until there is a final answer to it. */
export interface Wish {
  readonly kind: OperationKind
  /** A username; whose token is sent as well. */
  readonly user: string
  readonly coupon: string
  /** The Idempotency-Key of a claim; null for none. */
  readonly key: string | null
  /** Of a claim: for how long; null for one that is confirmed at once. */
  readonly holdSeconds: number | null
  /** Of a change or a look: the claim that is meant; null for a look at the coupon. */
  readonly claimId: string | null
}

export interface Operation extends Wish {
  readonly id: number
  readonly attempts: readonly Attempt[]
  /** The attempt with the final answer; null while there is none. */
  readonly final: Attempt | null
}

/** One request. States: asked -> sent (when it had a connection) -> answered | failed. */
export interface Attempt {
  readonly server: string
  readonly askedMs: number
  /** When it was written to an established connection; null when it never was. */
  readonly sentMs: number | null
  /** How long before that the request before it was sent on the same connection; null for the first one of a connection. */
  readonly sinceLastMs: number | null
  /** When the last byte of the answer had come, or when it failed; null while it is under way. */
  readonly endedMs: number | null
  readonly answer: Answer | null
  /** Why there is no answer: `ECONNREFUSED`, `UND_ERR_SOCKET`, `timeout` …; null when there is one. */
  readonly failure: string | null
}

/** What the service said. */
export interface Answer {
  readonly status: number
  /** `claimed`, `confirmed`, `released`, `seen`; else the name of the problem: `sold_out`, `unavailable` … */
  readonly told: string
  readonly claimId: string | null
  /** Of a claim that was won: `held` or `confirmed`; of one that was looked at: any. */
  readonly state: string | null
  readonly heldUntil: string | null
  readonly retryAfterS: number | null
  /** It was marked as an answer that was given before. */
  readonly isReplayed: boolean
}

/** A time in which the clients themselves stood still, so that what ended then may have ended earlier. */
export interface Stall {
  readonly fromMs: number
  readonly untilMs: number
}

/** How much of the time between two moments the clients stood still. */
export function stalledMs(stalls: readonly Stall[], fromMs: number, toMs: number): number {
  return stalls.reduce(
    (sum, stall) => sum + Math.max(0, Math.min(stall.untilMs, toMs) - Math.max(stall.fromMs, fromMs)),
    0,
  )
}

export interface History {
  readonly operations: readonly Operation[]
  readonly stalls: readonly Stall[]
}

/**
 * As much as is remembered: 0.4 GB (0.66 kB were measured for an operation with one attempt), and the checks take as
 * much again.
 */
export const operationsMax = 600_000

/** A history that is being written. An operation with one attempt takes about 0.7 kB. */
export interface GrowingHistory extends History {
  begin(wish: Wish): Operation
  /** Writes an attempt down, before anything is sent. */
  ask(operation: Operation, at: { readonly server: string; readonly nowMs: number }): Attempt
  markSent(attempt: Attempt, at: { readonly nowMs: number; readonly sinceLastMs: number | null }): void
  markEnded(operation: Operation, attempt: Attempt, end: AttemptEnd): void
  noteStall(stall: Stall): void
}

export interface AttemptEnd {
  readonly nowMs: number
  readonly answer: Answer | null
  readonly failure: string | null
}

type Writable<Type> = { -readonly [Field in keyof Type]: Type[Field] }

/** `write` is handed each step as a line of JSON, without its line feed. */
export function createHistory(write: ((line: string) => void) | null = null): GrowingHistory {
  const operations: Operation[] = []
  const stalls: Stall[] = []
  const tell = (step: object) => write?.(JSON.stringify(step))

  return {
    operations,
    stalls,
    begin: (wish) => {
      const operation = { id: operations.length, ...wish, attempts: [], final: null }
      operations.push(operation)
      tell({ step: 'begin', operation: operation.id, ...wish })
      return operation
    },
    ask: (operation, { server, nowMs }) => {
      const attempt: Attempt = {
        server,
        askedMs: nowMs,
        sentMs: null,
        sinceLastMs: null,
        endedMs: null,
        answer: null,
        failure: null,
      }
      ;(operation.attempts as Attempt[]).push(attempt)
      tell({ step: 'ask', operation: operation.id, server, nowMs })
      return attempt
    },
    markSent: (attempt, { nowMs, sinceLastMs }) => {
      Object.assign(attempt, { sentMs: nowMs, sinceLastMs })
    },
    markEnded: (operation, attempt, { nowMs, answer, failure }) => {
      Object.assign(attempt, { endedMs: nowMs, answer, failure })
      if (isFinal(attempt)) (operation as Writable<Operation>).final = attempt
      tell({ step: 'end', operation: operation.id, ...attempt })
    },
    noteStall: (stall) => {
      stalls.push(stall)
      tell({ step: 'stall', ...stall })
    },
  }
}

/** Answers after which a client asks again: nothing was decided. */
const undecided: readonly string[] = ['in_progress', 'lock_busy', 'too_many_requests']

/** Whether its client has what it asked for: a win or a refusal that asking again would not change. */
export function isFinal({ answer }: Attempt): boolean {
  return answer !== null && answer.status < 500 && !undecided.includes(answer.told)
}
