import { useEffect } from 'preact/hooks'
import type { Coupon } from '../api/types.ts'
import { useApp, useAsked, useCaller, useStore } from '../hooks.ts'
import type { LiveCoupon } from '../live/events.ts'
import { Badge } from '../parts/badge.tsx'
import { ClaimsList } from '../parts/claims-list.tsx'
import { count, dayTime } from '../parts/format.ts'
import { ProblemNotice } from '../parts/notice.tsx'
import { StockBar } from '../parts/stock-bar.tsx'
import { ClaimPanel } from './claim-panel.tsx'
import { RecentClaims } from './recent.tsx'
import { SettingsPanel } from './settings-panel.tsx'
import { StockCurve } from './stock-curve.tsx'

/** One coupon: its stock, who has it, and what may be done with it. */
export function CouponView({ name }: { readonly name: string }) {
  const { sale } = useApp()
  const { coupons, recent, isKnown } = useStore(sale)
  const { isAdmin } = useCaller()
  const asked = useAsked<Coupon>(`/coupons/${encodeURIComponent(name)}`)
  const { data: coupon, problem, reload } = asked
  const live = coupons.find((each) => each.name === (coupon?.name ?? name)) ?? null
  // What others change comes by the stream, without the terms: those are read again.
  const change = live === null ? 'gone' : `${live.state} ${live.amount} ${live.starts_at} ${live.ends_at}`
  useEffect(() => {
    if (isKnown) reload()
  }, [change, isKnown])

  if (problem?.status === 404) return <NoCoupon name={name} />
  return (
    <>
      <p class="trail">
        <a href="#/">Sale</a>
      </p>
      <h1 tabIndex={-1}>{coupon?.name ?? name}</h1>
      <ProblemNotice problem={problem} />
      {coupon !== null && (
        <>
          <Standing coupon={coupon} live={live} />
          <div class="columns">
            <div class="main-column">
              <StockCurve name={coupon.name} live={live} />
              {isAdmin && <CouponClaims name={coupon.name} version={live?.remaining_amount} />}
              {!isAdmin && <RecentClaims claims={recent} isKnown={isKnown} shown={8} isOfOne />}
            </div>
            <div class="side-column">
              <ClaimPanel coupon={coupon} state={live?.state ?? coupon.state} />
              {isAdmin && <SettingsPanel coupon={coupon} live={live} onChanged={reload} />}
              {isAdmin && <RecentClaims claims={recent} isKnown={isKnown} shown={8} isOfOne />}
            </div>
          </div>
        </>
      )}
    </>
  )
}

function Standing({ coupon, live }: { readonly coupon: Coupon; readonly live: LiveCoupon | null }) {
  const { amount, remaining_amount, state, starts_at, ends_at } = live ?? coupon
  const held = live?.held ?? 0
  return (
    <section class="card standing" aria-label="Stock">
      <p class="standing-figures">
        <Badge state={state} />
        <span>
          <b>{count(remaining_amount)}</b> of {count(amount)} left
        </span>
        <span>{count(amount - remaining_amount)} claimed</span>
        {held > 0 && <span>{count(held)} held</span>}
        {starts_at !== null && <span>from {dayTime(starts_at)}</span>}
        {ends_at !== null && <span>until {dayTime(ends_at)}</span>}
      </p>
      <StockBar amount={amount} remaining={remaining_amount} held={held} />
    </section>
  )
}

function CouponClaims({ name, version }: { readonly name: string; readonly version: unknown }) {
  return (
    <section class="card first" aria-labelledby="claims">
      <h2 id="claims">Claims</h2>
      <ClaimsList
        caption={`Claims of ${name}`}
        path={`/coupons/${encodeURIComponent(name)}/claims`}
        isOwn={false}
        version={version}
      />
    </section>
  )
}

function NoCoupon({ name }: { readonly name: string }) {
  return (
    <section class="card narrow">
      <h1 tabIndex={-1}>No such coupon</h1>
      <p>There is no coupon named {name}, or it was deleted.</p>
      <p>
        <a href="#/">Back to the sale</a>
      </p>
    </section>
  )
}
