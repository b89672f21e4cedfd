import { usernameOf } from '../../stress/usernames.ts'
import type { Draw } from '../fault.ts'
import type { Operation, Wish } from '../history.ts'
import type { Asker, LoadServer } from './asker.ts'
import type { Account, Sales } from './sales.ts'

/** What somebody at the sale can do. Each call is one operation, asked until it has a final answer. */
export interface Visitor {
  readonly draw: Draw
  readonly servers: readonly LoadServer[]
  newcomer(): Account
  returner(): Account
  straggler(): Account
  /** A key that nobody has used. */
  newKey(): string
  /** Null when nothing is asked any more, since the load is over. */
  claim(account: Account, how?: ClaimHow): Promise<Operation | null>
  /** Null as well when there is no claim that was won. */
  confirm(claim: Operation | null, where?: Where): Promise<Operation | null>
  release(claim: Operation | null, where?: Where): Promise<Operation | null>
  /** At the claim as it is stored. */
  look(claim: Operation | null): Promise<Operation | null>
  lookAtCoupon(account: Account): Promise<Operation | null>
}

export interface Where {
  /** Where it is asked first. */
  readonly first?: LoadServer
}

export interface ClaimHow extends Where {
  readonly key?: string | undefined
  readonly holdSeconds?: number
}

/** What all visitors share. */
export interface Stage {
  readonly servers: readonly LoadServer[]
  readonly sales: Sales
  readonly asker: Asker
  /** Resolves when it is the next operation's turn. */
  pace(): Promise<void>
  isOver(): boolean
  newKey(): string
}

export function createVisitor({ servers, sales, asker, pace, isOver, newKey }: Stage, draw: Draw): Visitor {
  async function ask(wish: Wish, first?: LoadServer): Promise<Operation | null> {
    await pace()
    if (isOver()) return null
    return asker.ask(wish, first === undefined ? { draw } : { draw, first })
  }

  function about(kind: 'confirm' | 'release' | 'look') {
    return async (claim: Operation | null, { first }: Where = {}): Promise<Operation | null> => {
      const claimId = wonOf(claim)
      if (claim === null || claimId === null) return null
      const { user, coupon } = claim
      return ask({ kind, user, coupon, key: null, holdSeconds: null, claimId }, first)
    }
  }

  return {
    draw,
    servers,
    newcomer: () => sales.newcomer(draw),
    returner: () => sales.returner(draw),
    straggler: () => sales.straggler(draw),
    newKey,
    claim: ({ user, coupon }, { key = null, holdSeconds = null, first } = {}) =>
      ask({ kind: 'claim', user: usernameOf(user), coupon, key, holdSeconds, claimId: null }, first),
    confirm: about('confirm'),
    release: about('release'),
    look: about('look'),
    lookAtCoupon: ({ user, coupon }) =>
      ask({ kind: 'look', user: usernameOf(user), coupon, key: null, holdSeconds: null, claimId: null }),
  }
}

/** The claim that an operation has won; null when it has none. */
export function wonOf(operation: Operation | null): string | null {
  const answer = operation?.final?.answer
  return answer?.told === 'claimed' ? answer.claimId : null
}
