/** What the page keeps of the stream, and that it is bounded whatever comes. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { appendPoint, curvePointsMax } from '../../server/dashboard/page/live/curve.ts'
import type { LiveCoupon, RecentClaim, Snapshot, Tick } from '../../server/dashboard/page/live/events.ts'
import { couponsMax, createSale, recentMax } from '../../server/dashboard/page/live/sale.ts'
import { createTimeline } from '../../server/dashboard/page/live/timeline.ts'

const test = suite('dashboard/sale')

function coupon(name: string, change: Partial<LiveCoupon> = {}): LiveCoupon {
  const plain = { amount: 10, remaining_amount: 10, held: 0, state: 'active', starts_at: null, ends_at: null }
  return { name, ...(plain as Omit<LiveCoupon, 'name'>), ...change }
}

function claim(id: number, state = 'confirmed'): RecentClaim {
  return { id: String(id), coupon: 'A', username: `user_${id}`, state, at: id }
}

function tick(at: number, change: Partial<Tick> = {}): Tick {
  const claims = { claimed: 0, sold_out: 0, already_claimed: 0, other: 0 }
  return { at, seconds: 0.25, claims, releases: 0, latency_ms: { p50: null, p99: null }, ...change }
}

function snapshot(change: Partial<Snapshot> = {}): Snapshot {
  return { at: 0, role: 'admin', coupons: [], recent: [], history: [], ...change }
}

const namesOf = (coupons: readonly LiveCoupon[]) => coupons.map(({ name }) => name)

test('coupons change in their place, new ones come on top, deleted ones go', () => {
  const sale = createSale()
  sale.snapshot(snapshot({ coupons: [coupon('A'), coupon('B')] }))
  const before = sale.view().coupons
  sale.tick(tick(1, { coupons: [coupon('B', { remaining_amount: 9 }), coupon('C')] }))
  assert.equal(namesOf(sale.view().coupons), ['C', 'A', 'B'])
  assert.is(sale.view().coupons[1], before[0], 'one that did not change is the same object')
  assert.is(sale.view().coupons[2]?.remaining_amount, 9)
  sale.tick(tick(2, { coupons: [{ name: 'A', deleted: true }] }))
  assert.equal(namesOf(sale.view().coupons), ['C', 'B'])
})

test('a new snapshot takes the place of all, and rows stay where they were', () => {
  const sale = createSale()
  sale.snapshot(snapshot({ coupons: [coupon('A'), coupon('B'), coupon('C')] }))
  sale.snapshot(snapshot({ coupons: [coupon('C'), coupon('D'), coupon('A')] }))
  assert.equal(namesOf(sale.view().coupons), ['D', 'A', 'C'])
})

test('a claim that is told again stands once, with its new state', () => {
  const sale = createSale()
  sale.snapshot(snapshot({ recent: [claim(2, 'held'), claim(1)] }))
  sale.tick(tick(1, { recent: [claim(3), claim(2, 'released')] }))
  assert.equal(
    sale.view().recent.map(({ id, state }) => `${id} ${state}`),
    ['3 confirmed', '2 released', '1 confirmed'],
  )
})

test('a storm of an hour leaves no more behind than the limits', () => {
  const sale = createSale()
  sale.snapshot(snapshot())
  for (let n = 0; n < 4 * 3600; n += 1) {
    const recent = Array.from({ length: 20 }, (_, k) => claim(n * 20 + k))
    sale.tick(tick(n * 250, { coupons: [coupon(`COUPON_${n % 1000}`)], recent }))
  }
  const { coupons, recent, columns } = sale.view()
  assert.is(coupons.length, couponsMax)
  assert.is(recent.length, recentMax)
  assert.is(columns.at.length, 120)
})

test('ticks become seconds; an interval that ends with a second belongs to it', () => {
  const timeline = createTimeline()
  const claims = { claimed: 10, sold_out: 4, already_claimed: 1, other: 0 }
  timeline.push(tick(10_000, { seconds: 1, claims, latency_ms: { p50: 5, p99: 50 } }))
  timeline.push(tick(10_250, { claims, latency_ms: { p50: 4, p99: 20 } }))
  timeline.push(tick(10_500, { claims, latency_ms: { p50: 8, p99: 30 } }))
  assert.equal(timeline.columns(), {
    at: [9, 10],
    claimed: [10, 40],
    rejected: [5, 20],
    p50Ms: [5, 6],
    p99Ms: [50, 30],
  })
})

test('the figures of now are those of the last second, and of nothing nothing', () => {
  const timeline = createTimeline()
  assert.equal(timeline.rates(), { claimed: 0, rejected: 0, p50Ms: null, p99Ms: null })
  const claims = { claimed: 100, sold_out: 50, already_claimed: 0, other: 0 }
  timeline.push(tick(1000, { claims }))
  timeline.push(tick(5000, { claims, seconds: 0.5 }))
  timeline.push(tick(5500, { seconds: 0.5 }))
  assert.equal(timeline.rates(), { claimed: 100, rejected: 50, p50Ms: null, p99Ms: null })
})

test('a clock that was put back adds no second in the past', () => {
  const timeline = createTimeline()
  for (const at of [10_500, 11_500, 9500]) timeline.push(tick(at))
  assert.equal(timeline.columns().at, [10, 11])
})

test('a stock curve keeps its ends and has a limit', () => {
  let points = { at: [0] as readonly number[], remaining: [5000] as readonly number[] }
  for (let n = 1; n <= 5000; n += 1) points = appendPoint(points, n, 5000 - n)
  assert.ok(points.at.length <= curvePointsMax + 1)
  assert.is(points.at.length, points.remaining.length)
  assert.equal([points.at[0], points.at.at(-1), points.remaining.at(-1)], [0, 5000, 0])
  assert.equal(
    [...points.at].sort((a, b) => a - b),
    points.at,
    'in order',
  )
})

test.run()
