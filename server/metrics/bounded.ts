/** Everything that has a limit, by its name in /metrics (the label `what`). Nothing in a server process grows without one. */
export const boundedWords = {
  claims_admitted:
    'Claims that were read and are not decided; the limit is `claim.queue_size`, and less when answers take too long.',
  answers_waiting: 'Claims that are decided and wait for the turn of their answer.',
  claims_waiting:
    'Claims in the queue of the strategy `batch`; the limit is `claim.queue_size`, and what shared batches may put off.',
  claim_lanes: 'Coupons with claims in that queue or in a batch under way.',
  claim_batches: 'Batches of claims under way; the limit is `database.pool_size`.',
  claims_open: 'Claims under way in the strategies `atomic` and `lock`; the limit is `claim.queue_size`.',
  joined_keys: 'Idempotency-Keys whose first claim is under way here.',
  joined_claims: 'Claims that wait for the first one with their Idempotency-Key.',
  changes_waiting: 'Releases and confirmations in their queue; the limit is `claim.queue_size`.',
  change_lanes: 'Coupons with releases in that queue or under way, and one more for confirmations.',
  change_batches: 'Batches of releases and confirmations under way; the limit is `database.pool_size`.',
  sold_out_coupons: 'Coupons known to be sold out.',
  sold_out_names: 'Usernames remembered with them: who has the coupon.',
  sold_out_users: 'Usernames that the database has told to exist.',
  verified_tokens: 'Access tokens that are remembered as verified.',
  changed_users: 'Users whose password or role has changed, which ended their access tokens.',
  passwords_running: 'Passwords being hashed or compared.',
  passwords_waiting: 'Passwords that wait for that.',
  uploads_running: 'Lists of usernames being read.',
  uploads_waiting: 'Lists of usernames that wait for that.',
  limit_login_address: 'Addresses whose logins are counted in this process.',
  limit_login_name: 'Usernames whose failed logins are counted in this process.',
  limit_register_address: 'Addresses whose registrations are counted in this process.',
  limit_register_name: 'Usernames whose registrations are counted in this process.',
  limit_claim_user: 'Users whose claims are counted in this process.',
  pool_claims: 'Connections for claims, open; the limit is `database.pool_size`.',
  pool_models: 'Connections for everything else, open.',
  pool_probe: 'Connections for the readiness probe, and to learn whose tokens were ended, open.',
  connections: 'Connections of clients; the limit is `http.connections_max`.',
  refused_connections:
    'Of those, the ones that are not read before their turn, since a claim on them was refused, or answered while others were.',
  held_connections:
    'Of those, the ones that are not read now, since a turn of the event loop has read enough.',
  pipelined_requests: 'Requests behind another one on their connection that is not answered yet.',
  pool_live: 'Connections to look at what those who watch are shown, open.',
  live_watchers: 'Streams of who watches; the limit is `live.watchers`.',
  live_processes: 'Server processes that were heard of while somebody watched.',
  live_coupons: 'Coupons remembered as they were last told to who watches.',
  request_counters: 'Pairs of method and route whose requests are counted.',
} as const

export type Bounded = keyof typeof boundedWords

/** Says that there is something with a limit, and how to learn how much of it there is now. */
export type Watch = (what: Bounded, limit: number, size: () => number) => void
