/**
 * The pool of one server process over the model database: connections that are few, time limits on both sides, and what
 * the network does. A statement may live on in the database when its client has given up.
 */
import { errors } from './errors.ts'
import type { Faults, StatementFault } from './faults.ts'
import type { ModelDatabase, Transaction, Work } from './model-database.ts'
import type { ProcessClock, SimulatedClock } from './simulated-clock.ts'

export interface ConnectionsOptions {
  readonly clock: SimulatedClock
  readonly processClock: ProcessClock
  readonly database: ModelDatabase
  readonly faults: Faults
  readonly pick: (below: number) => number
  readonly max: number
  readonly timeoutMs: number
}

/** All but how long it runs and what it ends with, which is for the connection to say. */
export type Statement<T> = Pick<Work<T>, 'onLocked' | 'exclusive' | 'decide'> & {
  /** Looked up when the statement comes in. */
  coupons(): Work<T>['coupons']
  /** The answer with one result less. */
  shorten?(value: T): T
}

export interface Connections {
  run<T>(statement: Statement<T>): Promise<T>
  stats(): { readonly used: number; readonly waiting: number }
  /** Resolves when every connection is back, as `pool.end` does. */
  end(): Promise<void>
  kill(): void
}

interface Waiter {
  start(): void
  isOver: boolean
}

/** The client gives up so much later than the database. */
const graceMs = 500

export function createConnections(options: ConnectionsOptions): Connections {
  const { clock, processClock, database, faults, pick, max, timeoutMs } = options
  const waiters: Waiter[] = []
  let used = 0
  let isDead = false
  let isEnded = false
  let onBack: (() => void) | undefined

  function run<T>(statement: Statement<T>): Promise<T> {
    if (isEnded) {
      clock.noteRejection()
      return Promise.reject(errors.poolEnded)
    }
    return new Promise((resolve, reject) => {
      const start = () => {
        used += 1
        send(statement, { resolve, reject })
      }
      if (used < max) return start()
      const cancel = processClock.setTimer(timeoutMs, () => {
        waiter.isOver = true
        clock.noteRejection()
        reject(errors.poolFull)
      })
      const waiter: Waiter = {
        isOver: false,
        start: () => {
          cancel()
          start()
        },
      }
      waiters.push(waiter)
    })
  }

  function back(): void {
    used -= 1
    while (used < max) {
      const next = waiters.shift()
      if (next === undefined) break
      if (!next.isOver) next.start()
    }
    if (used === 0) onBack?.()
  }

  interface Caller<T> {
    resolve(value: T): void
    reject(error: Error): void
  }

  function send<T>(statement: Statement<T>, caller: Caller<T>): void {
    const fault = database.isRefusing() ? 'refused' : faults.draw()
    let isSettled = false
    const settle = (tell: () => void) => {
      if (isSettled || isDead) return
      isSettled = true
      giveUp()
      tell()
      back()
      clock.wake()
    }
    const fail = (error: Error) => {
      clock.noteRejection()
      settle(() => caller.reject(error))
    }
    const giveUp = clock.at(timeoutMs + graceMs, () => fail(errors.readTimeout))
    const legMs = 1 + pick(3)
    if (fault === 'refused' || fault === 'full')
      return void clock.at(legMs, () => fail(fault === 'full' ? errors.full : errors.refused))
    if (fault === 'cut_before' || fault === 'late') clock.at(legMs + pick(30), () => fail(errors.cut))
    if (fault === 'cut_before') return
    const comesInMs = fault === 'late' ? pick(timeoutMs * 2) : legMs
    database.comesIn(fault === 'slow' ? pick(timeoutMs) : comesInMs, () => {
      begin(statement, fault, (error, value) => {
        if (fault === 'silent' || fault === 'late') return
        database.soon(fault === 'slow' ? pick(timeoutMs) : 1 + pick(2), () => {
          if (fault === 'cut_after') fail(errors.cut)
          else if (error !== null) fail(error)
          else if (fault === 'short' && statement.shorten !== undefined) {
            clock.noteRejection()
            settle(() => caller.resolve((statement.shorten as (value: T) => T)(value as T)))
          } else settle(() => caller.resolve(value as T))
        })
      })
    })
  }

  function begin<T>(statement: Statement<T>, fault: StatementFault | null, onEnd: Work<T>['onEnd']): void {
    const { onLocked, exclusive, decide } = statement
    const runMs = fault === 'slow' ? pick(timeoutMs) : 1 + pick(3)
    const work = {
      onLocked,
      exclusive,
      decide,
      coupons: statement.coupons(),
      runMs,
      failure: failureOf(fault),
      onEnd,
    }
    const transaction: Transaction = database.begin(work)
    if (fault === 'terminated') database.soon(pick(4), () => transaction.abort(errors.terminated))
  }

  return {
    run,
    stats: () => ({ used, waiting: waiters.filter(({ isOver }) => !isOver).length }),
    end: () =>
      new Promise((resolve) => {
        isEnded = true
        onBack = resolve
        if (used === 0) resolve()
      }),
    kill: () => {
      isDead = true
    },
  }
}

function failureOf(fault: StatementFault | null): Error | undefined {
  if (fault === 'undone') return errors.serialization
  if (fault === 'trigger') return errors.trigger
  return fault === 'fatal' ? errors.fatal : undefined
}
