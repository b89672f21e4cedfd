import { useState } from 'preact/hooks'
import type { Claim } from '../api/types.ts'
import { useAction, useApp, useSeconds } from '../hooks.ts'
import { couponHref } from '../route.ts'
import { Badge } from './badge.tsx'
import { ClaimHistory } from './claim-history.tsx'
import { countdown, dayTime, none } from './format.ts'
import { ProblemNotice } from './notice.tsx'

interface ClaimsTableProps {
  readonly caption: string
  readonly claims: readonly Claim[]
  /** A list of one's own names the coupons; that of a coupon the users. */
  readonly isOwn: boolean
  readonly onChanged: () => void
}

export function ClaimsTable({ caption, claims, isOwn, onChanged }: ClaimsTableProps) {
  const nowMs = useSeconds(claims.some(({ state }) => state === 'held'))
  return (
    <div class="scroll">
      <table class="claims">
        <caption class="unseen">{caption}</caption>
        <thead>
          <tr>
            <th scope="col">Claim</th>
            <th scope="col">{isOwn ? 'Coupon' : 'User'}</th>
            <th scope="col">State</th>
            <th scope="col">Claimed</th>
            <th scope="col">
              <span class="unseen">Actions</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {claims.map((claim) => (
            <ClaimRow key={claim.id} claim={claim} isOwn={isOwn} nowMs={nowMs} onChanged={onChanged} />
          ))}
        </tbody>
      </table>
    </div>
  )
}

interface ClaimRowProps extends Pick<ClaimsTableProps, 'isOwn' | 'onChanged'> {
  readonly claim: Claim
  readonly nowMs: number
}

function ClaimRow({ claim, isOwn, nowMs, onChanged }: ClaimRowProps) {
  const [isOpen, setIsOpen] = useState(false)
  const { id, state, coupon_name, user_id, created_at } = claim
  return (
    <>
      <tr>
        <th scope="row">{id}</th>
        <td class="name">{isOwn ? <a href={couponHref(coupon_name)}>{coupon_name}</a> : user_id}</td>
        <td>
          <Badge state={state} /> <HoldLeft claim={claim} nowMs={nowMs} />
        </td>
        <td>{created_at === '' ? none : dayTime(created_at)}</td>
        <td class="actions">
          <ClaimButtons claim={claim} onChanged={onChanged} />
          <button type="button" class="quiet" aria-expanded={isOpen} onClick={() => setIsOpen(!isOpen)}>
            History<span class="unseen"> of claim {id}</span>
          </button>
        </td>
      </tr>
      {isOpen && (
        <tr>
          <td colSpan={5}>
            <ClaimHistory claim={claim} />
          </td>
        </tr>
      )}
    </>
  )
}

interface HoldLeftProps {
  readonly claim: Pick<Claim, 'state' | 'held_until'>
  readonly nowMs: number
}

/** How long a hold lasts yet. */
export function HoldLeft({ claim: { state, held_until }, nowMs }: HoldLeftProps) {
  if (state !== 'held' || held_until === null) return null
  const untilMs = Date.parse(held_until)
  return <span class="hold-left">{untilMs > nowMs ? `for ${countdown(untilMs, nowMs)}` : 'has run out'}</span>
}

interface ClaimButtonsProps {
  readonly claim: Pick<Claim, 'id' | 'state'>
  readonly onChanged: () => void
}

/** What can be done with a claim in its state. Both may be sent again without harm. */
export function ClaimButtons({ claim: { id, state }, onChanged }: ClaimButtonsProps) {
  const { api } = useApp()
  const action = useAction()
  const act = (method: string, path: string) => {
    void action.run(() => api.call(method, path)).then(onChanged)
  }
  const about = <span class="unseen"> claim {id}</span>
  const isLive = state === 'held' || state === 'confirmed'
  return (
    <>
      {state === 'held' && (
        <button
          type="button"
          disabled={action.isBusy}
          onClick={() => act('POST', `/claims/${encodeURIComponent(id)}/confirm`)}
        >
          Confirm{about}
        </button>
      )}
      {isLive && (
        <button
          type="button"
          class="plain"
          disabled={action.isBusy}
          onClick={() => act('DELETE', `/claims/${encodeURIComponent(id)}`)}
        >
          Give back{about}
        </button>
      )}
      <ProblemNotice problem={action.problem} />
    </>
  )
}
