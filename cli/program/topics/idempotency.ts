export function idempotency(): string {
  return `Idempotency

A client that never hears the answer to its claim does not know whether it has
the unit. It sends the claim again, with the Idempotency-Key of the first time:

  $ curl localhost:9000/api/coupons/claim -H "$AUTH" \\
      -H 'Idempotency-Key: order-4711' -d '{"coupon_name": "COUPON_TEST"}'

and is told the first answer again; no second unit is given out.

- A key belongs to its caller; in open mode to all. It has 1 to 255 characters.
- The same key with another request is refused with 422.
- While the first is still under way, the second waits for it; if that takes too
  long it is told 409 with Retry-After.
- Answers are kept for claim.idempotency_retention.
- 503 says that nothing was stored, unless it is of the kind outcome_unknown:
  then the same key finds out.

Without a key, a claim that is sent again is refused if the first was stored:
the user has the coupon already.`
}
