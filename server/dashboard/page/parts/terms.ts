/** The terms of a coupon as text in a form, and back. */
import type { Coupon } from '../api/types.ts'
import { instantOf, localInput } from './format.ts'

export interface TermsText {
  readonly amount: string
  readonly starts_at: string
  readonly ends_at: string
  readonly reclaimable: boolean
  readonly audience: Coupon['audience']['kind']
  /** For `registered_before` and `registered_after`. */
  readonly audience_at: string
  /** For `list`: one a line. Empty leaves a list as it is, for the API does not tell its names. */
  readonly usernames: string
}

export const newTerms: TermsText = {
  amount: '',
  starts_at: '',
  ends_at: '',
  reclaimable: true,
  audience: 'everyone',
  audience_at: '',
  usernames: '',
}

export function termsOf({ amount, starts_at, ends_at, reclaimable, audience }: Coupon): TermsText {
  return {
    amount: String(amount),
    starts_at: localInput(starts_at),
    ends_at: localInput(ends_at),
    reclaimable,
    audience: audience.kind,
    audience_at: localInput(audience.at ?? null),
    usernames: '',
  }
}

/** The body of a request with what differs from `base`; empty when nothing does. */
export function changesOf(base: TermsText, { amount, starts_at, ends_at, reclaimable, ...rest }: TermsText) {
  const isAudienceChanged =
    rest.audience !== base.audience ||
    rest.audience_at !== base.audience_at ||
    (rest.audience === 'list' && rest.usernames.trim() !== '')
  return {
    ...(amount !== base.amount && { amount: amountOf(amount) }),
    ...(starts_at !== base.starts_at && { starts_at: instantOf(starts_at) }),
    ...(ends_at !== base.ends_at && { ends_at: instantOf(ends_at) }),
    ...(reclaimable !== base.reclaimable && { reclaimable }),
    ...(isAudienceChanged && { audience: audienceOf(rest) }),
  }
}

/** What is no number is sent as it was typed, so that the API says what is wrong with it. */
function amountOf(text: string): number | string {
  const value = Number(text)
  return text.trim() === '' || Number.isNaN(value) ? text : value
}

function audienceOf({
  audience: kind,
  audience_at,
  usernames,
}: Pick<TermsText, 'audience' | 'audience_at' | 'usernames'>) {
  if (kind === 'everyone') return { kind }
  if (kind === 'list') return { kind, usernames: usernames.split(/[\s,;]+/).filter((name) => name !== '') }
  return { kind, at: instantOf(audience_at) ?? '' }
}
