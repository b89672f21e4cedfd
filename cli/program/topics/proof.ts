export function proof(): string {
  return `Proof

"coupon verify" reads the database alone, and holds for each coupon that

  not_oversold     no more claims are live than its amount
  one_claim_each   nobody has two
  counter_matches  remaining_amount is the amount less the live claims

"coupon stress" knows more: it writes each request down before it is sent, and
holds its books against the database when all is over. So it also proves that
each "claimed" has its row and each row was told, that nothing was left unsold
while somebody was refused, and that nobody heard "sold out" while a unit was
certainly left.

  $ coupon verify
  $ coupon stress --users 1000 --quota 100

Both end with 1 when a check fails, and print --json for programs.`
}
