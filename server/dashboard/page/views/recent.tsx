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
}

/** No live region: who listens would hear nothing else while a sale runs. */
export function RecentClaims({ claims, isKnown, shown = 14 }: RecentClaimsProps) {
  return (
    <section class="card" aria-labelledby="recent">
      <h2 id="recent">Recent claims</h2>
      {isKnown && claims.length === 0 && <p class="empty">None yet.</p>}
      <ul class="recent">
        {claims.slice(0, shown).map((claim) => (
          <RecentRow key={claim.id} claim={claim} />
        ))}
      </ul>
    </section>
  )
}

function RecentRow({ claim }: { readonly claim: RecentClaim }) {
  return useMemo(
    () => (
      <li>
        <time dateTime={new Date(claim.at).toISOString()}>{clockTime(claim.at)}</time>
        <span class="who">{claim.username ?? 'a user'}</span>
        <a href={couponHref(claim.coupon)}>{claim.coupon}</a>
        <Badge state={claim.state} />
      </li>
    ),
    [claim],
  )
}
