import { useEffect, useMemo, useState } from 'preact/hooks'
import { createAttempts, newKey } from '../api/attempt.ts'
import type { Claim, ClaimAnswer, ClaimPage, Coupon, CouponState, Eligibility } from '../api/types.ts'
import { useAction, useApp, useAsked, useCaller, useSeconds } from '../hooks.ts'
import { Badge } from '../parts/badge.tsx'
import { ClaimButtons, HoldLeft } from '../parts/claims-table.tsx'
import { Field, Form, SelectField } from '../parts/field.tsx'
import { DoneNotice, ProblemNotice, sentence } from '../parts/notice.tsx'

interface ClaimPanelProps {
  readonly coupon: Coupon
  /** As the stream has it. */
  readonly state: CouponState
}

const holds = [
  ['', 'Claim for good'],
  ['60', 'Hold for 1 minute'],
  ['600', 'Hold for 10 minutes'],
  ['3600', 'Hold for 1 hour'],
] as const

/** To claim a unit, to hold one, to keep or give back what one has. Admins may name somebody else. */
export function ClaimPanel({ coupon: { name }, state }: ClaimPanelProps) {
  const caller = useCaller()
  const [user, setUser] = useState('')
  const [hold, setHold] = useState('')
  const whose = user.trim() !== '' ? user.trim() : caller.username
  const own = useOwnClaim(name, caller.username, state)
  const { claim, ...action } = useClaim(name)
  const submit = async () => {
    await claim({
      coupon_name: name,
      ...(whose !== null && { user_id: whose }),
      ...(hold !== '' && { hold_seconds: Number(hold) }),
    })
    own.reload()
  }
  const reasons = whose === caller.username ? (own.eligibility?.reasons ?? []) : []
  // What one has stands above already.
  const told = own.claims.length === 0 ? reasons : reasons.filter(({ code }) => code !== 'already_claimed')
  return (
    <section class="card" aria-labelledby="claim">
      <h2 id="claim">Claim</h2>
      <OwnClaim claims={own.claims} onChanged={own.reload} />
      <Form label={`Claim ${name}`} onSubmit={submit}>
        {caller.isAdmin && (
          <Field
            label="User"
            value={user}
            onInput={setUser}
            {...(caller.username !== null && { hint: `Empty means you, ${caller.username}.` })}
            fault={action.problem?.faults.user_id}
          />
        )}
        <SelectField label="For how long" value={hold} onInput={setHold} choices={holds} />
        {told.map(({ code, message }) => (
          <p key={code} class="hint">
            {sentence(message)}
          </p>
        ))}
        <ProblemNotice problem={action.problem} />
        <DoneNotice message={action.message} />
        <button type="submit" disabled={action.isBusy || reasons.length > 0}>
          {hold === '' ? 'Claim' : 'Hold'}
        </button>
      </Form>
    </section>
  )
}

/** Sends claims so that one that is sent twice is made once. */
function useClaim(coupon: string) {
  const { api } = useApp()
  const action = useAction()
  // Another coupon is another claim.
  const attempts = useMemo(
    () =>
      createAttempts<ClaimAnswer>({
        post: (wish, key) =>
          api.call('POST', '/coupons/claim', {
            body: JSON.parse(wish) as unknown,
            headers: { 'Idempotency-Key': key },
          }),
        newKey,
        pause: (ms) => new Promise((resolve) => setTimeout(resolve, ms)),
      }),
    [api, coupon],
  )
  return { ...action, claim: (wish: object) => action.run(() => attempts.send(JSON.stringify(wish))) }
}

/** What the caller has of this coupon and may claim of it; nothing for a caller without a name. */
function useOwnClaim(name: string, username: string | null, state: CouponState) {
  const isNamed = username !== null
  const mine = useAsked<ClaimPage>(isNamed ? '/users/me/claims?limit=100' : null)
  const eligibility = useAsked<Eligibility>(
    isNamed
      ? `/coupons/${encodeURIComponent(name)}/eligibility?user_id=${encodeURIComponent(username)}`
      : null,
  )
  const reload = () => {
    mine.reload()
    eligibility.reload()
  }
  // Another state is another answer.
  useEffect(eligibility.reload, [state])
  const claims = mine.data?.data.filter((claim) => claim.coupon_name === name && isLive(claim)) ?? []
  return { claims, eligibility: eligibility.data, reload }
}

function isLive({ state }: Claim): boolean {
  return state === 'held' || state === 'confirmed'
}

function OwnClaim({
  claims,
  onChanged,
}: {
  readonly claims: readonly Claim[]
  readonly onChanged: () => void
}) {
  const nowMs = useSeconds(claims.some(({ state }) => state === 'held'))
  return (
    <>
      {claims.map((claim) => (
        <div key={claim.id} class="own-claim">
          <p>
            You have claim {claim.id} <Badge state={claim.state} /> <HoldLeft claim={claim} nowMs={nowMs} />
          </p>
          <div class="buttons">
            <ClaimButtons claim={claim} onChanged={onChanged} />
          </div>
        </div>
      ))}
    </>
  )
}
