import type { Ledger } from '../../cli/stress/proof/ledger.ts'
import type { SaleEvidence } from '../../cli/stress/proof/tally.ts'
import { createRandom, type Random } from './random.ts'
import { ledgerOf, type PlannedRequest, recordsOf } from './sale-records.ts'

/** A sale that went right, as the load's books and the database would have it. */
export interface SimulatedSale {
  readonly requests: readonly PlannedRequest[]
  readonly before: readonly Ledger[]
  readonly after: readonly Ledger[]
  readonly users: number
  readonly isInterrupted: boolean
}

/** For so long may a process tell "sold_out" from memory. */
const staleMsMax = 900

type Growing = { -readonly [Key in keyof PlannedRequest]: PlannedRequest[Key] }

interface Stock {
  readonly amount: number
  readonly holders: Set<string>
  /** When the last unit was last gone. */
  emptyUntilMs: number
}

/**
 * Users claim, give back, double-click and leave over several connections, and a right server decides, each request at
 * some moment between its sending and its answer. It may say "sold_out" from memory for a while.
 */
export function simulateSale(seed: number): SimulatedSale {
  const random = createRandom(seed)
  const users = 3 + random.next(30)
  const pace = 1 + random.next(2) * 30
  const releases = random.next(3) * 15
  const opens = random.next(2) * 10
  const stocks = Array.from({ length: 1 + random.next(3) }, () => openStock(random, users))
  const before = ledgersOf(stocks)
  const timeline = createTimeline()
  const requests: Growing[] = []
  const givable: number[] = []
  const owner = (line: number) => `user_${requests[line]!.user}`
  const stockOf = (line: number) => stocks[requests[line]!.coupon!]!

  function claim(line: number, nowMs: number): 'claimed' | 'already_claimed' | 'sold_out' {
    const stock = stockOf(line)
    if (stock.holders.has(owner(line))) return 'already_claimed'
    const isGone = stock.holders.size >= stock.amount
    const isStale = nowMs - stock.emptyUntilMs < staleMsMax && random.next(2) === 0
    if (isGone) stock.emptyUntilMs = nowMs
    if (isGone || isStale) return 'sold_out'
    stock.holders.add(owner(line))
    if (stock.holders.size === stock.amount) stock.emptyUntilMs = nowMs
    return 'claimed'
  }

  function release(line: number, nowMs: number): 'released' {
    const stock = stockOf(line)
    if (stock.holders.size === stock.amount) stock.emptyUntilMs = nowMs
    stock.holders.delete(owner(line))
    return 'released'
  }

  function send(line: number, nowMs: number): void {
    const request = requests[line]!
    request.sentMs = nowMs
    const outcomeAt = (ms: number) => (request.kind === 'release' ? release(line, ms) : claim(line, ms))
    const decidedMs = nowMs + random.next(10) * pace
    const answeredMs = decidedMs + random.next(10) * pace
    if (random.next(100) < opens) {
      // Half of them leave; of those, half are not heard. A connection that breaks leaves the answer unsaid.
      const hasLeft = random.next(2) === 0
      request.outcome = hasLeft ? 'abandoned' : 'error'
      request.isUncertain = true
      request.endedMs = hasLeft ? nowMs : answeredMs
      if (!hasLeft || random.next(2) === 0) timeline.at(decidedMs, outcomeAt)
      return
    }
    request.outcome = null
    timeline.at(decidedMs, (ms) => {
      const outcome = outcomeAt(ms)
      timeline.at(answeredMs, () => {
        request.outcome = outcome
        request.endedMs = answeredMs
        if (outcome === 'claimed') givable.push(line)
      })
    })
  }

  function next(nowMs: number): void {
    const isRelease = random.next(100) < releases
    if (isRelease && givable.length > 0) {
      const claimed = givable.shift()!
      const { user, coupon } = requests[claimed]!
      requests.push({ user, coupon: coupon!, kind: 'release', givesBack: claimed })
    } else {
      const user = random.next(users)
      requests.push({ user, coupon: random.next(stocks.length) })
      if (random.next(10) === 0) requests.push({ ...requests.at(-1)! })
    }
    for (let line = requests.length - 1; line >= 0 && !('sentMs' in requests[line]!); line--)
      send(line, nowMs)
  }

  const total = 10 + random.next(150)
  for (let turn = 0; turn < total; turn++) timeline.at(1 + random.next(total) * pace, next)
  const isInterrupted = random.next(5) === 0
  const stopMs = isInterrupted ? random.next(total) * pace : Number.POSITIVE_INFINITY
  timeline.run(stopMs)
  return { requests, before, after: ledgersOf(stocks), users, isInterrupted }
}

export function evidenceOf(sale: SimulatedSale): SaleEvidence {
  const { requests, before, after, users, isInterrupted } = sale
  return { users, records: recordsOf(requests), before, after, isInterrupted }
}

function openStock(random: Random, users: number): Stock {
  const holders = new Set<string>()
  if (random.next(4) === 0) holders.add('alice')
  if (random.next(4) === 0) holders.add(`user_${random.next(users)}`)
  const amount = holders.size + random.next(users)
  return { amount, holders, emptyUntilMs: Number.NEGATIVE_INFINITY }
}

function ledgersOf(stocks: readonly Stock[]): Ledger[] {
  return stocks.map(({ amount, holders }, coupon) => ledgerOf(`SALE_${coupon}`, amount, [...holders]))
}

/** What happens at which moment; what is due at once happens in the order of its planning. */
function createTimeline() {
  const due: { ms: number; turn: number; run: (ms: number) => unknown }[] = []
  let turn = 0
  return {
    at: (ms: number, run: (ms: number) => unknown) => {
      due.push({ ms, turn: turn++, run })
    },
    /** Until nothing is left, or to that moment. */
    run: (untilMs: number) => {
      for (;;) {
        due.sort((one, other) => other.ms - one.ms || other.turn - one.turn)
        const event = due.pop()
        if (event === undefined || event.ms > untilMs) return
        event.run(event.ms)
      }
    },
  }
}
