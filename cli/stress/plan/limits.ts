/** What is taken when a flag does not say it; nowhere else. */
export const stressDefaults = {
  users: 1000,
  /** In an open model there are as many users as requests, up to so many, who then come round in turn. */
  usersOfOpenModelMax: 100_000,
  quota: 100,
  attempts: 1,
  coupons: 1,
  mix: { claim: 1, release: 0, eligibility: 0 },
  /** Fewer when there are not as many requests. */
  connectionsMax: 256,
  threads: 1,
  warmupS: 0,
  repeat: 1,
} as const

export const stressLimits = {
  users: 1_000_000,
  quota: 2_147_483_647,
  attempts: 100,
  connections: 10_000,
  seed: 4_294_967_295,
  /** 32 bytes a request are kept until the report is made: 320 MB. */
  requests: 10_000_000,
  /** Each is made through the API. */
  coupons: 1000,
  threads: 64,
  repeat: 100,
  /** Records hold 71 minutes. */
  durationS: 3600,
  ratePerS: 1_000_000,
} as const
