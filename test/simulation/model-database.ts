/**
 * The model of Postgres: row locks with their queues, commits, notices, and the ways in which a statement ends.
 *
 * States of a transaction: waiting (for a lock) -> running (it has decided, nobody sees it yet) -> ended, by its commit or
 * by an abort, with which its locks are free.
 */
import { errors } from './errors.ts'
import type { SimulatedClock } from './simulated-clock.ts'
import { brokenInvariant, type Commit, type CouponRow, noteSoldOut, type Tables } from './tables.ts'

export interface Work<T> {
  /** `wait`: the first is waited for; `skip`: what is locked elsewhere is left out. */
  readonly onLocked: 'wait' | 'wait_for_all' | 'skip'
  /** An advisory lock: when somebody has it, no coupon is locked. */
  readonly exclusive?: string | undefined
  readonly coupons: readonly CouponRow[]
  /** Runs when the locks are won. */
  decide(locked: readonly CouponRow[], nowMs: number): Commit<T>
  /** From there to the commit. */
  readonly runMs: number
  /** Comes in place of the commit. */
  readonly failure?: Error | undefined
  onEnd(error: Error | null, value?: T): void
}

export interface Transaction {
  isOver(): boolean
  abort(error: Error): void
}

export interface ModelDatabase {
  readonly tables: Tables
  begin<T>(work: Work<T>): Transaction
  /** Does `run` once the database is not frozen. */
  soon(ms: number, run: () => void): void
  /** A statement is on its way. */
  comesIn(ms: number, run: () => void): void
  listen(onNotice: (couponName: string) => void): () => void
  /** Nothing moves in it for so long. */
  freeze(ms: number): void
  /** Ends what is under way, and refuses connections for so long. */
  crash(refusingMs: number): void
  refuse(ms: number): void
  isRefusing(): boolean
  /** Thawed, and open to everybody. */
  heal(): void
  /** One that is under way, to be shot. */
  victim(pick: (below: number) => number): Transaction | undefined
  /** Transactions, and statements on their way. */
  open(): number
}

export interface DatabaseOptions {
  readonly clock: SimulatedClock
  readonly tables: Tables
  readonly statementTimeoutMs: number
  readonly onBroken: (what: string) => void
  readonly trace: ((text: string) => void) | undefined
}

export function createModelDatabase(options: DatabaseOptions): ModelDatabase {
  const { clock, tables, statementTimeoutMs, onBroken, trace } = options
  const owners = new Map<CouponRow, Transaction>()
  const queues = new Map<CouponRow, { go: () => void; isOver: () => boolean }[]>()
  const open = new Set<Transaction>()
  const exclusive = new Set<string>()
  const listeners = new Set<(couponName: string) => void>()
  let coming = 0
  let frozenUntilMs = 0
  let refusingUntilMs = 0

  function soon(ms: number, run: () => void): void {
    clock.at(ms, () => {
      if (clock.now() >= frozenUntilMs) run()
      else soon(frozenUntilMs - clock.now(), run)
    })
  }

  function begin<T>(work: Work<T>): Transaction {
    let isOver = false
    const locked: CouponRow[] = []
    const transaction: Transaction = { isOver: () => isOver, abort: (error) => end(error) }
    open.add(transaction)
    let isExclusive = false
    if (work.exclusive !== undefined && exclusive.has(work.exclusive)) run()
    else {
      if (work.exclusive !== undefined) exclusive.add(work.exclusive)
      isExclusive = work.exclusive !== undefined
      start()
    }
    return transaction

    function start(): void {
      if (isOver) return
      const held = work.coupons.find((coupon) => owners.has(coupon))
      if (work.onLocked === 'wait' && held !== undefined) wait(held)
      else if (work.onLocked === 'wait_for_all' && held !== undefined) soon(1, start)
      else {
        for (const coupon of work.coupons) if (!owners.has(coupon)) take(coupon)
        run()
      }
    }

    function take(coupon: CouponRow): void {
      owners.set(coupon, transaction)
      locked.push(coupon)
    }

    function wait(coupon: CouponRow): void {
      const queue = queues.get(coupon) ?? []
      queues.set(coupon, queue)
      queue.push({
        isOver: () => isOver,
        go: () => {
          take(coupon)
          run()
        },
      })
      soon(statementTimeoutMs, () => end(errors.cancelled))
    }

    function run(): void {
      try {
        const decided = work.decide(locked, clock.now())
        soon(work.runMs, () => (work.failure === undefined ? commit(decided) : end(work.failure)))
      } catch (error) {
        soon(1, () => end(error as Error))
      }
    }

    function commit(decided: Commit<T>): void {
      if (isOver) return
      const zeroes = decided.changed.filter(({ remaining }) => remaining === 0)
      try {
        const value = decided.commit()
        committed(decided.changed, zeroes)
        end(null, value)
      } catch (error) {
        end(error as Error)
      }
    }

    function end(error: Error | null, value?: T): void {
      if (isOver) return
      isOver = true
      open.delete(transaction)
      if (isExclusive && work.exclusive !== undefined) exclusive.delete(work.exclusive)
      for (const coupon of locked) release(coupon)
      work.onEnd(error, value)
    }
  }

  function release(coupon: CouponRow): void {
    owners.delete(coupon)
    const queue = queues.get(coupon)
    for (let next = queue?.shift(); next !== undefined; next = queue?.shift()) {
      if (next.isOver()) continue
      next.go()
      return
    }
  }

  function committed(changed: readonly CouponRow[], zeroes: readonly CouponRow[]): void {
    for (const coupon of changed) {
      tables.commits += 1
      noteSoldOut(tables, coupon, clock.now())
      trace?.(`committed: ${coupon.name} has ${coupon.remaining} of ${coupon.amount}`)
      const broken = brokenInvariant(coupon)
      if (broken !== null) onBroken(broken)
    }
    for (const { name } of zeroes) for (const onNotice of listeners) onNotice(name)
  }

  return {
    tables,
    begin,
    soon,
    comesIn: (ms, run) => {
      coming += 1
      soon(ms, () => {
        coming -= 1
        run()
      })
    },
    listen: (onNotice) => {
      listeners.add(onNotice)
      return () => listeners.delete(onNotice)
    },
    freeze: (ms) => {
      frozenUntilMs = Math.max(frozenUntilMs, clock.now() + ms)
    },
    crash: (refusingMs) => {
      for (const transaction of [...open]) transaction.abort(errors.crashed)
      refusingUntilMs = clock.now() + refusingMs
    },
    refuse: (ms) => {
      refusingUntilMs = Math.max(refusingUntilMs, clock.now() + ms)
    },
    heal: () => {
      frozenUntilMs = 0
      refusingUntilMs = 0
    },
    isRefusing: () => clock.now() < refusingUntilMs,
    victim: (pick) => (open.size === 0 ? undefined : [...open][pick(open.size)]),
    open: () => open.size + coming,
  }
}
