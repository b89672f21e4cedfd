/**
 * Seeds that break the product as it was, and what was wrong with it. They hold as long as a run draws what it draws
 * now; test/claims has a test for each fault that does not depend on that.
 */
export const brokenBefore: readonly (readonly [seed: number, what: string])[] = [
  [39, 'the look-up before a release had no deadline'],
  [1199, 'a deadline earlier than its predecessor’s was noticed with that one'],
  [256, 'the memory of sold-out coupons was read again, and set timers, after the close'],
  [123, 'claims that were put off waited beyond the limit of the queue in /metrics'],
  [
    11099,
    'a half of a refused batch was sent as a first attempt: a claim was stored and told "already_claimed"',
  ],
  [508318, 'a retry did not find its claim of a coupon that was deleted meanwhile'],
  [
    39051,
    'coupons whose claims had all passed their deadlines were counted as waiting, beyond the limit in /metrics',
  ],
]
