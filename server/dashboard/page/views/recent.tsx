import { useMemo } from 'preact/hooks'
import type { RecentClaim } from '../live/events.ts'
import { Badge } from '../parts/badge.tsx'
import { clockTime } from '../parts/format.ts'
import { couponHref } from '../route.ts'

interface RecentClaimsProps {
  readonly claims: readonly RecentClaim[]
  readonly isKnown: boolean
  /** How many are shown at most. */
  readonly shown?: number
  /** Leaves the name of the coupon out, where it is that of the view. */
  readonly isOfOne?: boolean
}

/** No live region: who listens would hear nothing else while a sale runs. */
export function RecentClaims({ claims, isKnown, shown = 14, isOfOne = false }: RecentClaimsProps) {
  return (
    <section class="card third" aria-labelledby="recent">
      <h2 id="recent">Recent claims</h2>
      {isKnown && claims.length === 0 && <p class="empty">None yet.</p>}
      <ul class="recent">
        {claims.slice(0, shown).map((claim) => (
          <RecentRow key={claim.id} claim={claim} isOfOne={isOfOne} />
        ))}
      </ul>
    </section>
  )
}

function RecentRow({ claim, isOfOne }: { readonly claim: RecentClaim; readonly isOfOne: boolean }) {
  return useMemo(
    () => (
      <li>
        <time dateTime={new Date(claim.at).toISOString()}>{clockTime(claim.at)}</time>
        <span class="who">{claim.username ?? 'a user'}</span>
        {!isOfOne && <a href={couponHref(claim.coupon)}>{claim.coupon}</a>}
        {/* Most are. */}
        {claim.state !== 'confirmed' && <Badge state={claim.state} />}
      </li>
    ),
    [claim, isOfOne],
  )
}
