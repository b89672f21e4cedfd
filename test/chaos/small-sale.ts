import type { ClaimFact, CouponFact, Evidence } from '../../cli/chaos/checks/evidence.ts'
import type { FaultWindow } from '../../cli/chaos/fault.ts'
import type { Answer, Attempt, Operation, Wish } from '../../cli/chaos/history.ts'
import { isFinal } from '../../cli/chaos/history.ts'
import { answerOf, evidenceOf, windowOf } from '../support/chaos-evidence.ts'

/**
 * A service that is always right, small enough to be believed: visitors ask it over a network that loses requests and
 * answers and is slow, and what they heard and what it stored in the end is evidence that must pass every check.
 */

/** What becomes of one attempt. `undone` and `done`: told that nobody knows. */
export const fates = [
  'answered',
  'lost_before',
  'lost_after',
  'unavailable',
  'unknown_undone',
  'unknown_done',
] as const

export interface Step {
  readonly fate: (typeof fates)[number]
  readonly thereMs: number
  readonly backMs: number
  readonly pauseMs: number
}

export const scripts = [
  'once',
  'again',
  'with_key',
  'other_payload',
  'hold_and_confirm',
  'hold_and_release',
  'hold_too_long',
  'release_and_return',
] as const

export interface Visit {
  readonly user: number
  readonly coupon: number
  readonly script: (typeof scripts)[number]
  readonly startMs: number
  /** Of its attempts, in their order; round and round. */
  readonly steps: readonly Step[]
}

/** The second never sells out. */
export const couponAmounts = [2, 100] as const

interface Row extends ClaimFact {
  state: ClaimFact['state']
  readonly events: string[]
  readonly heldUntilMs: number
}

/** The rules of a claim, one at a time. */
function createService() {
  const coupons = couponAmounts.map((amount, n) => ({
    name: `COUPON_${n}`,
    amount,
    remaining: amount as number,
  }))
  const rows: Row[] = []
  const kept = new Map<string, { readonly payload: string; readonly answer: Answer }>()
  const couponOf = (name: string) => coupons.find((each) => each.name === name) as (typeof coupons)[number]

  function end(row: Row, state: 'expired' | 'released'): void {
    row.state = state
    row.events.push(state)
    couponOf(row.coupon).remaining += 1
  }

  function decide({ user, coupon, holdSeconds }: Wish, nowMs: number): Answer {
    const isRunOut = ({ state, heldUntilMs }: Row) => state === 'held' && heldUntilMs <= nowMs
    for (const row of rows.filter((each) => each.coupon === coupon && isRunOut(each))) end(row, 'expired')
    const isLive = ({ state }: Row) => state === 'held' || state === 'confirmed'
    const standing = rows.find((each) => each.user === user && each.coupon === coupon && isLive(each))
    if (standing !== undefined) return answerOf('already_claimed', { claimId: standing.id })
    if (couponOf(coupon).remaining === 0) return answerOf('sold_out')
    couponOf(coupon).remaining -= 1
    const state = holdSeconds === null ? 'confirmed' : 'held'
    const heldUntilMs = nowMs + (holdSeconds ?? 0) * 1000
    const id = String(rows.length + 1)
    rows.push({ id, user, coupon, state, isHold: state === 'held', events: [], heldUntilMs })
    return answerOf('claimed', { claimId: id, state, heldUntil: state === 'held' ? `${heldUntilMs}` : null })
  }

  function claim(wish: Wish, nowMs: number): Answer {
    if (wish.key === null) return decide(wish, nowMs)
    const [key, payload] = [`${wish.user} ${wish.key}`, `${wish.coupon} ${wish.holdSeconds}`]
    const first = kept.get(key)
    if (first !== undefined)
      return first.payload === payload ? { ...first.answer, isReplayed: true } : answerOf('key_reused')
    const answer = decide(wish, nowMs)
    kept.set(key, { payload, answer })
    return answer
  }

  function confirm(row: Row, nowMs: number): Answer {
    if (row.state === 'released') return answerOf('claim_released')
    if (row.state === 'expired') return answerOf('claim_expired')
    if (row.state === 'held') {
      if (row.heldUntilMs <= nowMs) return answerOf('claim_expired')
      row.state = 'confirmed'
      row.events.push('confirmed')
    }
    return answerOf('confirmed', { claimId: row.id })
  }

  function release(row: Row): Answer {
    if (row.state === 'expired') return answerOf('claim_expired')
    if (row.state !== 'released') end(row, 'released')
    return answerOf('released', { claimId: row.id })
  }

  return {
    coupons: coupons as readonly CouponFact[],
    rows: rows as readonly ClaimFact[],
    answer: (wish: Wish, nowMs: number): Answer => {
      if (wish.kind === 'claim') return claim(wish, nowMs)
      const row = rows.find(({ id }) => id === wish.claimId) as Row
      return wish.kind === 'confirm' ? confirm(row, nowMs) : release(row)
    },
  }
}

/** Yields for how long nothing happens to it. */
type Waits<Result> = Generator<number, Result>

/** Nobody has bad luck for ever. */
const unluckyMax = 6

export function runSale(visits: readonly Visit[]): Evidence {
  const service = createService()
  const operations: Operation[] = []
  const windows: FaultWindow[] = []
  let nowMs = 0
  let keys = 0

  function* attempt(wish: Wish, { fate, thereMs, backMs }: Step): Waits<Attempt> {
    const sentMs = nowMs
    const isLost = fate === 'lost_before' || fate === 'lost_after'
    yield thereMs
    const isDone = fate === 'answered' || fate === 'lost_after' || fate === 'unknown_done'
    const reply = isDone ? service.answer(wish, nowMs) : null
    yield backMs
    // A killed server is one that loses; the other never does.
    if (isLost) windows.push(windowOf('server_kill', [nowMs, nowMs]))
    const told = fate === 'answered' ? reply : answerOf(fate === 'unavailable' ? fate : 'outcome_unknown')
    return {
      server: isLost ? 'server 1' : 'server 2',
      askedMs: sentMs,
      sentMs,
      sinceLastMs: 100,
      endedMs: nowMs,
      answer: isLost ? null : told,
      failure: isLost ? 'UND_ERR_SOCKET' : null,
    }
  }

  function* visit({ user, coupon, script, startMs, steps }: Visit): Waits<void> {
    let taken = 0
    const next = (): Step => {
      taken += 1
      const step = steps[(taken - 1) % steps.length] as Step
      return taken > unluckyMax ? { ...step, fate: 'answered' } : step
    }
    function* ask(how: Partial<Wish>): Waits<Operation> {
      const wish: Wish = {
        kind: 'claim',
        user: `user_${user}`,
        coupon: `COUPON_${coupon}`,
        key: null,
        holdSeconds: null,
        claimId: null,
        ...how,
      }
      const attempts: Attempt[] = []
      const operation = { id: operations.length, ...wish, attempts, final: null as Attempt | null }
      operations.push(operation)
      while (operation.final === null) {
        const step = next()
        const made = yield* attempt(wish, step)
        attempts.push(made)
        if (isFinal(made)) operation.final = made
        yield step.pauseMs
      }
      return operation
    }
    function* change(kind: 'confirm' | 'release', { final }: Operation): Waits<void> {
      if (final?.answer?.told === 'claimed') yield* ask({ kind, claimId: final.answer.claimId })
    }
    keys += 1
    const key = `key-${keys}`
    yield startMs
    if (script === 'once') yield* ask({})
    if (script === 'again') {
      yield* ask({})
      yield* ask({})
    }
    if (script === 'with_key' || script === 'other_payload') {
      yield* ask({ key })
      yield* ask({ key, holdSeconds: script === 'with_key' ? null : 60 })
    }
    if (script === 'hold_and_confirm') yield* change('confirm', yield* ask({ key, holdSeconds: 60 }))
    if (script === 'hold_and_release') {
      const held = yield* ask({ holdSeconds: 60 })
      yield* change('release', held)
      yield* change('confirm', held)
    }
    if (script === 'hold_too_long') {
      const held = yield* ask({ key, holdSeconds: 1 })
      yield 1200
      yield* change('confirm', held)
    }
    if (script === 'release_and_return') {
      yield* change('release', yield* ask({ key }))
      yield* ask({ key })
      yield* ask({})
    }
  }

  runAll(visits.map(visit), (ms) => {
    nowMs = ms
  })
  return evidenceOf({ operations, windows, coupons: service.coupons, claims: service.rows })
}

/** Each goes on when its time has come. */
function runAll(stories: readonly Waits<void>[], setNow: (ms: number) => void): void {
  const due = stories.map((story) => ({ story, atMs: 0 }))
  while (due.length > 0) {
    due.sort((one, other) => one.atMs - other.atMs)
    const [first] = due as [(typeof due)[number]]
    setNow(first.atMs)
    const { done, value } = first.story.next()
    if (done === true) due.shift()
    else first.atMs += value
  }
}
