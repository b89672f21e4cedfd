import { setTimeout as sleep } from 'node:timers/promises'
import type { Draw } from '../fault.ts'

/** Where one coupon after the other is sold. While one is, the next is made. */
export interface Counter {
  /** The coupon on sale. */
  couponName(): string
  /** Who comes next, by number, for the coupon on sale; a new coupon when the last one has had its share. */
  newcomer(): number
  /** One of those who came for it already, or the first who will. */
  returner(by: Draw): number
  /** The coupon that was on sale before; null while there was none. */
  formerName(): string | null
  /** Makes no more; resolves when none is being made. */
  close(): Promise<void>
}

export interface CounterOptions {
  readonly users: number
  /** The name of the n-th coupon, from 1. */
  nameOf(n: number): string
  /** How many units it has, and how many newcomers ask for it before it is replaced. */
  drawTerms(draw: Draw): { readonly amount: number; readonly newcomersMax: number }
  readonly draw: Draw
  /** Rejects when it could not be made; it is tried again, so it must not mind one that is there. */
  makeCoupon(name: string, amount: number): Promise<void>
}

interface Sale {
  readonly name: string
  /** Newcomers come in the order of their numbers from here on, and from the beginning when all have been there. */
  readonly firstUser: number
  readonly newcomersMax: number
  newcomers: number
}

const makeAgainMs = 200

/** Resolves when its first coupon is made. */
export async function openCounter(options: CounterOptions): Promise<Counter> {
  const { users } = options
  const closing = new AbortController()
  let made = 0
  const make = () => {
    made += 1
    return makeSale(made, options, closing.signal)
  }
  const first = await make()
  if (first === null) throw new Error('The sale was closed before it began.')
  let present: Sale = first
  let next: Sale | null = null
  let making = makeAhead()
  let formerName: string | null = null

  async function makeAhead(): Promise<void> {
    next = await make()
  }

  function replace(): void {
    if (present.newcomers < present.newcomersMax || next === null) return
    formerName = present.name
    present = next
    next = null
    making = makeAhead()
  }

  return {
    couponName: () => present.name,
    newcomer: () => {
      replace()
      present.newcomers += 1
      return (present.firstUser + present.newcomers - 1) % users
    },
    returner: (by) => {
      const back = by.between(0, Math.max(0, Math.min(present.newcomers, users) - 1))
      return (present.firstUser + back) % users
    },
    formerName: () => formerName,
    close: async () => {
      closing.abort()
      await making
    },
  }
}

async function makeSale(n: number, options: CounterOptions, signal: AbortSignal): Promise<Sale | null> {
  const { users, draw } = options
  const { amount, newcomersMax } = options.drawTerms(draw)
  const sale = { name: options.nameOf(n), firstUser: draw.between(0, users - 1), newcomersMax, newcomers: 0 }
  while (!signal.aborted) {
    try {
      await options.makeCoupon(sale.name, amount)
      return sale
    } catch {
      // Its database is down, as may be intended.
      await sleep(makeAgainMs)
    }
  }
  return null
}
