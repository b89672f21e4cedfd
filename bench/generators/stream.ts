/**
 * An endless row of claims in which no user asks for the same coupon twice. The position alone decides who asks for
 * what, so that a generator needs no list of millions.
 */
export interface Stream {
  /** The coupons' names are this and their number: `PREFIX_0`, `PREFIX_1`, … */
  readonly prefix: string
  readonly coupons: number
  /** user_0 … user_{users-1}. */
  readonly users: number
  /** All users ask for one coupon and then for the next, or the coupons take turns, claim by claim. */
  readonly order: 'one after another' | 'in turns'
  /** The position of the first claim. */
  readonly from: number
}

/** A prime above any step between neighbours in an index, so that users come in no order that a page would know. */
const stride = 104_729

export function claimAt(stream: Stream, position: number): { user: number; coupon: number } {
  const { coupons, users, order, from } = stream
  const at = from + position
  const turn = order === 'in turns' ? Math.floor(at / coupons) : at
  const coupon = order === 'in turns' ? at % coupons : Math.floor(at / users) % coupons
  return { user: (turn * stride) % users, coupon }
}

/** How many claims a stream has before a user would ask for a coupon again. */
export function lengthOf({ coupons, users, from }: Omit<Stream, 'prefix' | 'order'>): number {
  return coupons * users - from
}

export function couponName(prefix: string, coupon: number): string {
  return `${prefix}_${coupon}`
}

export function claimBody(stream: Stream, position: number): string {
  const { user, coupon } = claimAt(stream, position)
  return `{"user_id":"user_${user}","coupon_name":"${couponName(stream.prefix, coupon)}"}`
}
