/** Random sales that went right pass every check; with one fact changed, the check that is there for it fails. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type Check, proveSale } from '../../cli/stress/proof/checks.ts'
import type { Ledger } from '../../cli/stress/proof/ledger.ts'
import { ledgerOf, type PlannedRequest } from '../support/sale-records.ts'
import { evidenceOf, type SimulatedSale, simulateSale } from '../support/sale-simulation.ts'

const test = suite('stress: sales')

const sales = Array.from({ length: 200 }, (_, index) => simulateSale(index + 1))

function failed(sale: SimulatedSale): Check[] {
  return proveSale(evidenceOf(sale)).checks.filter(({ passed }) => !passed)
}

test('a sale that went right passes, whatever was given back, repeated, left or cut short', () => {
  for (const [index, sale] of sales.entries()) assert.equal(failed(sale), [], `seed ${index + 1}`)
  const outcomes = new Set(sales.flatMap(({ requests }) => requests.map(({ outcome }) => outcome)))
  assert.is(outcomes.size, 7, 'each kind of ending comes up')
})

function withLedger(sale: SimulatedSale, coupon: number, change: (ledger: Ledger) => Ledger): SimulatedSale {
  return { ...sale, after: sale.after.map((ledger, index) => (index === coupon ? change(ledger) : ledger)) }
}

function withClaimants(sale: SimulatedSale, coupon: number, claimants: readonly string[]): SimulatedSale {
  return withLedger(sale, coupon, ({ name, amount }) => ledgerOf(name, amount, claimants))
}

function withRequest(sale: SimulatedSale, line: number, change: Partial<PlannedRequest>): SimulatedSale {
  const requests = sale.requests.map((request, index) =>
    index === line ? { ...request, ...change } : request,
  )
  return { ...sale, requests }
}

/** A request that was answered so, of a user about whose claims of that coupon nothing is open and who gave none back. */
function findPlain(sale: SimulatedSale, outcome: PlannedRequest['outcome']): number {
  const isOfSame = (one: PlannedRequest, other: PlannedRequest) =>
    one.user === other.user && one.coupon === other.coupon
  const isClear = ({ kind, isUncertain, outcome: ended }: PlannedRequest) =>
    kind !== 'release' && isUncertain !== true && ended !== null
  return sale.requests.findIndex(
    (request) =>
      request.outcome === outcome &&
      sale.requests.every((other) => !isOfSame(request, other) || isClear(other)),
  )
}

/** Each changes one fact, or says null where the sale has none of its kind. */
const faults: Readonly<
  Record<string, readonly [Check['name'], (sale: SimulatedSale) => SimulatedSale | null]>
> = {
  'the counter is one off': [
    'counter_matches',
    (sale) => withLedger(sale, 0, (ledger) => ({ ...ledger, remaining_amount: ledger.remaining_amount + 1 })),
  ],
  'the amount is less than what is claimed': [
    'not_oversold',
    (sale) => withLedger(sale, 0, (ledger) => ({ ...ledger, amount: ledger.claimants.length - 1 })),
  ],
  'a claim is stored twice': [
    'one_claim_each',
    (sale) => {
      const [first, ...rest] = sale.after[0]!.claimants
      return first === undefined ? null : withClaimants(sale, 0, [first, first, ...rest])
    },
  ],
  'somebody else has a claim': [
    'every_claim_answered',
    (sale) => withClaimants(sale, 0, [...sale.after[0]!.claimants, 'mallory']),
  ],
  'a claim that was told is not stored': [
    'every_win_stored',
    (sale) => {
      const { user, coupon = 0 } = sale.requests[findPlain(sale, 'claimed')] ?? {}
      if (user === undefined) return null
      return withClaimants(
        sale,
        coupon,
        sale.after[coupon]!.claimants.filter((name) => name !== `user_${user}`),
      )
    },
  ],
  'a claim is stored and its user was told "sold_out"': [
    'every_claim_answered',
    (sale) => {
      const line = findPlain(sale, 'claimed')
      return line === -1 ? null : withRequest(sale, line, { outcome: 'sold_out' })
    },
  ],
  'a user who was refused is told "claimed"': [
    'every_win_stored',
    (sale) => {
      const line = findPlain(sale, 'sold_out')
      const { user, coupon = 0 } = sale.requests[line] ?? {}
      const isHeld = user !== undefined && sale.after[coupon]!.claimants.includes(`user_${user}`)
      return line === -1 || isHeld ? null : withRequest(sale, line, { outcome: 'claimed' })
    },
  ],
  'a user who has a claim is told "claimed" again': [
    'one_claim_each',
    (sale) => {
      const line = findPlain(sale, 'already_claimed')
      return line === -1 ? null : withRequest(sale, line, { outcome: 'claimed' })
    },
  ],
  'the first is told "sold_out" before anybody has asked': [
    'no_false_sold_out',
    (sale) => {
      const { amount, claimants } = sale.before[0]!
      if (claimants.length === amount || sale.after[0]!.claimants.length > amount) return null
      const first = { user: 0, coupon: 0, outcome: 'sold_out', sentMs: 0, endedMs: 0.5 } as const
      const shifted = sale.requests.map(({ givesBack, ...request }) =>
        givesBack === undefined ? request : { ...request, givesBack: givesBack + 1 },
      )
      return { ...sale, requests: [first, ...shifted] }
    },
  ],
  'a user who only asks is refused while units are left': [
    'not_undersold',
    (sale) => {
      const { amount, claimants } = sale.after[0]!
      const { users } = sale
      const isOver = claimants.length >= amount || sale.isInterrupted
      const refused = { user: users, coupon: 0, outcome: 'busy', sentMs: 1_000_000 } as const
      const hasOpen = sale.requests.some(({ isUncertain, coupon }) => isUncertain === true && coupon === 0)
      return isOver || hasOpen ? null : { ...sale, users: users + 1, requests: [...sale.requests, refused] }
    },
  ],
}

for (const [what, [name, change]] of Object.entries(faults)) {
  test(`${name} fails when ${what}`, () => {
    const changed = sales.map(change)
    for (const [index, sale] of changed.entries()) {
      if (sale === null) continue
      const names = failed(sale).map((check) => check.name)
      assert.ok(names.includes(name), `seed ${index + 1}: failed are ${names.join(', ') || 'none'}`)
    }
    assert.ok(changed.filter((sale) => sale !== null).length >= 10, 'few sales have such a fact')
  })
}

test.run()
