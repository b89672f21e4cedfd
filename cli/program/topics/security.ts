export function security(): string {
  return `Security

In token mode, the default, who asks shows an access token:

  $ coupon user create alice --admin        asks for the password
  $ coupon token alice --ttl 1h             a token for a script

- Tokens are signed with jwt_secret, at least 32 bytes, the same for every
  server; whoever has it can be anybody. Without one, serve makes one in
  .coupon/. In production it must be configured.
- An access token ends at its expiry, and at once with a new password or role. A
  logout ends the sign-in's refresh tokens; its access token lives out its time.
- Users see and change their own claims. Admins make coupons and act for others.
- rate_limit bounds sign-ins, registrations and, if it is set, claims. A Redis
  counts for all processes together; without one, each counts for itself.
- Open mode (--auth open) is the original's: no tokens, everybody may do all. It
  listens on this machine alone unless --allow-open is said, and is refused in
  production.
- TLS is the work of a proxy in front; app.trust_proxy says how many there are.

"coupon doctor" warns of a known secret, of open mode, and of files that others
may read.`
}
