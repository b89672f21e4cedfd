import { AppError } from '../errors.ts'

/** Who may claim a coupon, as it is told. */
export type Audience =
  | { readonly kind: 'everyone' }
  | { readonly kind: 'list'; readonly size: number }
  | { readonly kind: 'registered_before' | 'registered_after'; readonly at: Date }

/** Who shall be able to claim it. A username may be listed twice, and before its user registers. */
export type AudienceWish =
  | { readonly kind: 'everyone' }
  | { readonly kind: 'list'; readonly usernames: Iterable<string> | AsyncIterable<string> }
  | { readonly kind: 'registered_before' | 'registered_after'; readonly at: Date }

/** When and by whom a coupon can be claimed; what is left out is as it was, or open to all at once. */
export interface TermsWish {
  readonly starts_at?: Date | null | undefined
  readonly ends_at?: Date | null | undefined
  readonly paused?: boolean | undefined
  /** Whether one who gave it back may claim it again. */
  readonly reclaimable?: boolean | undefined
  readonly audience?: AudienceWish | undefined
}

/** Throws `AppError('invalid')` for a coupon that would end before it starts. */
export function assertPeriod(starts_at: Date | null, ends_at: Date | null): void {
  if (starts_at === null || ends_at === null || ends_at > starts_at) return
  const faults = [{ key: 'ends_at', value: `must be after starts_at, which is ${starts_at.toISOString()}` }]
  throw new AppError(
    'invalid',
    `The coupon would end at ${ends_at.toISOString()}, but it starts at ${starts_at.toISOString()}.`,
    { faults },
  )
}
