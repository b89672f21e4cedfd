import { type Books, grouped } from './books.ts'
import { atS, type ClaimFact, type Fault, isLive } from './evidence.ts'
import { type Span, spanOf } from './span.ts'

/** Units that are handed out twice: in the end, or at a moment that certainly was. */
export function* oversold(books: Books): Generator<Fault> {
  const byCoupon = grouped(books.facts.claims, ({ coupon }) => coupon)
  for (const { name, amount } of books.facts.coupons) {
    const claims = byCoupon.get(name) ?? []
    const live = claims.filter(isLive).length
    if (live > amount) {
      yield { sentence: `${live} live claims of ${name} are stored, and it has ${amount}.`, operation: null }
    }
    const most = mostAtOnce(claims.map((claim) => spanOf(claim, books.accountOf(claim))))
    if (most.count > amount && live <= amount) {
      const when = `at ${atS(most.atMs)} ${most.count} users had been told a claim`
      yield { sentence: `${name} has ${amount}, but ${when} and had not given it back.`, operation: null }
    }
  }
}

/** Of the times in which each was certainly live. */
function mostAtOnce(spans: readonly Span[]): { count: number; atMs: number } {
  const steps = spans
    .filter(({ toldMs, leftFromMs }) => toldMs < leftFromMs)
    .flatMap(({ toldMs, leftFromMs }) => [
      { atMs: toldMs, by: 1 },
      { atMs: leftFromMs, by: -1 },
    ])
    .sort((one, other) => one.atMs - other.atMs || one.by - other.by)
  let [now, most] = [0, { count: 0, atMs: 0 }]
  for (const { atMs, by } of steps) {
    now += by
    if (now > most.count) most = { count: now, atMs }
  }
  return most
}

/** Two claims of one user for one coupon at once. */
export function* claimedTwice(books: Books): Generator<Fault> {
  for (const account of books.accounts.values()) {
    const { user, coupon, stored, asked } = account
    if (stored.length < 2) continue
    const operation = asked[0] ?? null
    const live = stored.filter(isLive)
    if (live.length > 1) {
      yield { sentence: `${user} has ${live.length} live claims of ${coupon}: ${idsOf(live)}.`, operation }
      continue
    }
    const spans = stored
      .map((claim) => spanOf(claim, account))
      .filter(({ toldMs, leftFromMs }) => toldMs < leftFromMs)
      .sort((one, other) => one.toldMs - other.toldMs)
    const second = spans.findIndex(({ toldMs }, n) => n > 0 && toldMs < (spans[n - 1]?.leftFromMs ?? 0))
    if (second === -1) continue
    const both = idsOf(spans.slice(second - 1, second + 1).map(({ claim }) => claim))
    const when = atS(spans[second]?.toldMs ?? 0)
    yield { sentence: `${user} had two live claims of ${coupon} at ${when}: ${both}.`, operation }
  }
}

function idsOf(claims: readonly ClaimFact[]): string {
  return claims.map(({ id }) => id).join(' and ')
}

/** remaining_amount is the amount less the live claims. */
export function* miscounted({ facts, coupons, history }: Books): Generator<Fault> {
  for (const name of new Set(history.operations.map(({ coupon }) => coupon))) {
    if (coupons.has(name)) continue
    yield { sentence: `${name} was asked for, and is not stored.`, operation: null }
  }
  const live = new Map<string, number>()
  for (const { coupon } of facts.claims.filter(isLive)) live.set(coupon, (live.get(coupon) ?? 0) + 1)
  for (const { name, amount, remaining } of facts.coupons) {
    const taken = live.get(name) ?? 0
    if (remaining === amount - taken) continue
    const sum = `${amount} less ${taken} live claims is ${amount - taken}`
    yield { sentence: `remaining_amount of ${name} is ${remaining}, but ${sum}.`, operation: null }
  }
}
