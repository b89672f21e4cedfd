import type { ClaimFact, CouponFact, Evidence } from '../../cli/chaos/checks/evidence.ts'
import type { FaultName, FaultWindow } from '../../cli/chaos/fault.ts'
import type { Answer, Attempt, Operation, Wish } from '../../cli/chaos/history.ts'
import { isFinal } from '../../cli/chaos/history.ts'

/** Evidence made by hand, for tests of the checks. What is not said is as it usually is. */
export interface EvidenceParts {
  readonly operations?: readonly Operation[]
  readonly coupons?: readonly CouponFact[]
  readonly claims?: readonly ClaimFact[]
  readonly windows?: readonly FaultWindow[]
}

export function evidenceOf({
  operations = [],
  coupons = [],
  claims = [],
  windows = [],
}: EvidenceParts): Evidence {
  return {
    history: { operations, stalls: [] },
    facts: { coupons, claims },
    windows,
    contextTimeoutMs: 2000,
  }
}

let made = 0

/** An operation whose attempts are given; the last is final when its answer is. */
export function operationOf(wish: Partial<Wish>, ...attempts: readonly Attempt[]): Operation {
  made += 1
  return {
    id: made,
    kind: 'claim',
    user: 'user_1',
    coupon: 'ONE',
    key: null,
    holdSeconds: null,
    claimId: null,
    ...wish,
    attempts,
    final: attempts.find(isFinal) ?? null,
  }
}

const statuses: Readonly<Record<string, number>> = {
  claimed: 200,
  confirmed: 200,
  released: 200,
  seen: 200,
  sold_out: 400,
  already_claimed: 409,
  in_progress: 409,
  lock_busy: 409,
  claim_expired: 409,
  claim_released: 409,
  key_reused: 422,
  internal_error: 500,
  unavailable: 503,
  outcome_unknown: 503,
}

export function answerOf(told: string, rest: Partial<Answer> = {}): Answer {
  const status = statuses[told] ?? 404
  const mustWait = status === 503 || told === 'in_progress'
  return {
    status,
    told,
    claimId: null,
    state: told === 'claimed' ? 'confirmed' : null,
    heldUntil: null,
    retryAfterS: mustWait ? 1 : null,
    isReplayed: false,
    ...rest,
  }
}

/** Sent at `sentMs` on a warm connection, and answered 10 ms later. */
export function told(
  sentMs: number,
  answer: string | Answer,
  rest: Partial<Attempt & Pick<Answer, 'claimId' | 'state'>> = {},
): Attempt {
  const { claimId, state, ...other } = rest
  const said = {
    ...(claimId !== undefined && { claimId }),
    ...(state !== undefined && { state }),
  }
  return {
    server: 'server 1',
    askedMs: sentMs,
    sentMs,
    sinceLastMs: 100,
    endedMs: sentMs + 10,
    answer: typeof answer === 'string' ? answerOf(answer, said) : answer,
    failure: null,
    ...other,
  }
}

/** Sent, and never answered. */
export function lostAt(sentMs: number, rest: Partial<Attempt> = {}): Attempt {
  return { ...told(sentMs, 'claimed'), answer: null, failure: 'UND_ERR_SOCKET', ...rest }
}

export function claimOf(id: string, rest: Partial<ClaimFact> = {}): ClaimFact {
  return { id, user: 'user_1', coupon: 'ONE', state: 'confirmed', isHold: false, events: [], ...rest }
}

export function windowOf(
  fault: FaultName,
  [injectedMs, healedMs]: readonly [number, number],
  servers = ['server 1'],
): FaultWindow {
  return {
    fault,
    target: servers.join(', '),
    servers,
    withoutDatabase: [],
    injectedMs,
    effectiveMs: injectedMs,
    healingMs: healedMs,
    healedMs,
    recoveredMs: healedMs,
  }
}
