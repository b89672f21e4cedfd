import { setTimeout as sleep } from 'node:timers/promises'
import { childDraw } from '../draw.ts'
import type { Draw } from '../fault.ts'

/** Who asks for what. */
export interface Account {
  readonly user: number
  readonly coupon: string
}

/**
 * The coupons on sale: at any time a deep one, which has more units than there are users, and a hot one, which sells
 * out and is then asked for a while longer. Each is replaced by a new one that was made ahead.
 */
export interface Sales {
  /** Somebody who has not asked for this coupon yet. */
  newcomer(draw: Draw): Account
  /** Somebody who may have asked for it before. */
  returner(draw: Draw): Account
  /** Those that are sold now, the deep one first. */
  couponNames(): readonly string[]
  /** Everyone of the run. */
  madeNames(): readonly string[]
  /** Makes no more; resolves when none is being made. */
  close(): Promise<void>
}

export interface SalesOptions {
  readonly users: number
  readonly prefix: string
  readonly draw: Draw
  /** Rejects when it could not be made; it is tried again, so it must not mind one that is there. */
  makeCoupon(name: string, amount: number): Promise<void>
}

/** How many of the newcomers ask for the hot coupon. */
const hotShare = 0.35
const hotAmountMin = 20
const hotAmountMax = 120
/** So many times its units are asked for by newcomers before it is replaced. */
const hotDemand = 2.5
const makeAgainMs = 200

interface Sale {
  readonly name: string
  /** Newcomers come in the order of their numbers from here on. */
  readonly firstUser: number
  readonly newcomersMax: number
  newcomers: number
}

interface Counter {
  readonly kind: 'DEEP' | 'HOT'
  readonly draw: Draw
  present: Sale
  /** Null while it is being made. */
  next: Sale | null
}

/** Resolves when the first two coupons are made. */
export async function openSales({ users, prefix, draw, makeCoupon }: SalesOptions): Promise<Sales> {
  const made: string[] = []
  const making = new Set<Promise<void>>()
  let isClosed = false

  async function makeSale({ kind, draw }: Pick<Counter, 'kind' | 'draw'>): Promise<Sale | null> {
    const isHot = kind === 'HOT'
    const amount = isHot ? draw.between(hotAmountMin, hotAmountMax) : users + 1
    const firstUser = draw.between(0, users - 1)
    const newcomersMax = isHot ? Math.min(users, Math.ceil(amount * hotDemand)) : users
    const name = `${prefix}_${kind}_${made.length + 1}`
    made.push(name)
    while (!isClosed) {
      try {
        await makeCoupon(name, amount)
        return { name, firstUser, newcomersMax, newcomers: 0 }
      } catch {
        await sleep(makeAgainMs)
      }
    }
    return null
  }

  async function openCounter(kind: Counter['kind']): Promise<Counter> {
    const own = { kind, draw: childDraw(draw) }
    const present = await makeSale(own)
    if (present === null) throw new Error('The sale was closed before it began.')
    const counter = { ...own, present, next: null }
    makeAhead(counter)
    return counter
  }

  function makeAhead(counter: Counter): void {
    if (isClosed) return
    const work = makeSale(counter).then((sale) => {
      counter.next = sale
      making.delete(work)
    })
    making.add(work)
  }

  const deep = await openCounter('DEEP')
  const hot = await openCounter('HOT')

  /** One after the other, and from the beginning when the next coupon is not there yet. */
  function newcomer(by: Draw): Account {
    const counter = by.next() < hotShare ? hot : deep
    if (counter.present.newcomers >= counter.present.newcomersMax && counter.next !== null) {
      counter.present = counter.next
      counter.next = null
      makeAhead(counter)
    }
    const { present } = counter
    const user = (present.firstUser + present.newcomers) % users
    present.newcomers += 1
    return { user, coupon: present.name }
  }

  function returner(by: Draw): Account {
    const { present } = by.next() < hotShare ? hot : deep
    const back = by.between(0, Math.max(0, Math.min(present.newcomers, users) - 1))
    return { user: (present.firstUser + back) % users, coupon: present.name }
  }

  return {
    newcomer,
    returner,
    couponNames: () => [deep.present.name, hot.present.name],
    madeNames: () => made,
    close: async () => {
      isClosed = true
      await Promise.all(making)
    },
  }
}
