import { useMemo } from 'preact/hooks'
import { useApp, useCaller, useStore } from '../hooks.ts'
import type { LiveCoupon } from '../live/events.ts'
import type { Rates, TimelineColumns } from '../live/timeline.ts'
import { Badge } from '../parts/badge.tsx'
import { Chart, type Line } from '../parts/chart.tsx'
import { count, milliseconds, rate } from '../parts/format.ts'
import { StockBar } from '../parts/stock-bar.tsx'
import { couponHref } from '../route.ts'
import { Processes } from './processes.tsx'
import { RecentClaims } from './recent.tsx'

/** The whole sale at a glance. */
export function SaleView() {
  const app = useApp()
  const { isKnown, coupons, recent, processes, rates, columns } = useStore(app.sale)
  const { isAdmin } = useCaller()
  return (
    <>
      <h1 tabIndex={-1}>Sale</h1>
      <Tiles rates={rates} coupons={coupons} />
      <div class="columns">
        <div class="main-column">
          <div class="charts">
            <RateChart columns={columns} />
            <LatencyChart columns={columns} />
          </div>
          <CouponTable coupons={coupons} isKnown={isKnown} isAdmin={isAdmin} />
        </div>
        <div class="side-column">
          <RecentClaims claims={recent} isKnown={isKnown} />
          {isAdmin && <Processes processes={processes} />}
        </div>
      </div>
    </>
  )
}

function Tiles({ rates, coupons }: { readonly rates: Rates; readonly coupons: readonly LiveCoupon[] }) {
  const left = coupons.reduce((sum, coupon) => sum + coupon.remaining_amount, 0)
  const held = coupons.reduce((sum, coupon) => sum + coupon.held, 0)
  const tiles = [
    ['Claims a second', rate(rates.claimed), 'claimed'],
    ['Rejections a second', rate(rates.rejected), 'rejected'],
    ['Latency p50', milliseconds(rates.p50Ms), 'p50'],
    ['Latency p99', milliseconds(rates.p99Ms), 'p99'],
    ['Units left', count(left), ''],
    ['Units held', count(held), ''],
  ] as const
  return (
    <dl class="tiles" aria-label="Now">
      {tiles.map(([title, value, colour]) => (
        <div key={title}>
          <dt>
            {colour !== '' && <span class={`swatch c-${colour}`} />}
            {title}
          </dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  )
}

const rateLines: readonly Line[] = [
  { label: 'claims', colour: 'claimed', format: rate, isFilled: true },
  { label: 'rejections', colour: 'rejected', format: rate },
]

function RateChart({ columns }: { readonly columns: TimelineColumns }) {
  const { at, claimed, rejected } = columns
  const data = useMemo(() => [at, claimed, rejected], [at, claimed, rejected])
  return <Chart title="Answers a second" lines={rateLines} columns={data} />
}

const latencyLines: readonly Line[] = [
  { label: 'p50', colour: 'p50', format: milliseconds, hasGaps: true },
  { label: 'p99', colour: 'p99', format: milliseconds, hasGaps: true },
]

function LatencyChart({ columns }: { readonly columns: TimelineColumns }) {
  const { at, p50Ms, p99Ms } = columns
  const data = useMemo(() => [at, p50Ms, p99Ms], [at, p50Ms, p99Ms])
  return <Chart title="Latency of claims, ms" lines={latencyLines} columns={data} />
}

interface CouponTableProps {
  readonly coupons: readonly LiveCoupon[]
  readonly isKnown: boolean
  readonly isAdmin: boolean
}

function CouponTable({ coupons, isKnown, isAdmin }: CouponTableProps) {
  return (
    <section class="card" aria-labelledby="coupons">
      <div class="card-head">
        <h2 id="coupons">Coupons</h2>
        {isAdmin && (
          <a class="button" href="#/new">
            New coupon
          </a>
        )}
      </div>
      {isKnown && coupons.length === 0 && (
        <p class="empty">There is no coupon yet.{isAdmin && ' Create the first one.'}</p>
      )}
      {coupons.length > 0 && (
        <table class="coupons">
          <thead>
            <tr>
              <th scope="col">Coupon</th>
              <th scope="col">State</th>
              <th scope="col">Stock</th>
              <th scope="col" class="number">
                Left
              </th>
              <th scope="col" class="number">
                Held
              </th>
            </tr>
          </thead>
          <tbody>
            {coupons.map((coupon) => (
              <CouponRow key={coupon.name} coupon={coupon} />
            ))}
          </tbody>
        </table>
      )}
    </section>
  )
}

function CouponRow({ coupon }: { readonly coupon: LiveCoupon }) {
  // The same row as before is passed over: of 200 coupons, few change with a tick.
  return useMemo(() => {
    const { name, amount, remaining_amount, held, state } = coupon
    return (
      <tr>
        <th scope="row" class="name">
          <a href={couponHref(name)}>{name}</a>
        </th>
        <td class="state">
          <Badge state={state} />
        </td>
        <td class="stock">
          <StockBar amount={amount} remaining={remaining_amount} held={held} />
        </td>
        <td class="number left">
          <b>{count(remaining_amount)}</b> <span class="of">of {count(amount)}</span>
        </td>
        <td class="number held">{count(held)}</td>
      </tr>
    )
  }, [coupon])
}
