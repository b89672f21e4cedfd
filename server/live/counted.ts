import type { ClaimOutcome } from '../claims/claim.ts'
import { bucketOf, latencyBuckets, percentileMs } from './latency.ts'

/** The outcomes that are shown each by itself; all others are one. */
export const claimKinds = ['claimed', 'sold_out', 'already_claimed', 'other'] as const

type ClaimKind = (typeof claimKinds)[number]

/** What has happened in some time, in one process or in several. */
export interface Counted {
  /** In the order of `claimKinds`. */
  readonly claims: readonly number[]
  /** Units given back: by a release, or by the sweep of holds that have run out. */
  readonly releases: number
  /** What else was done that may show: confirmations, edits. */
  readonly changes: number
  /** Of the claims: `[bucket, count, …]` in the order of the buckets. */
  readonly latencies: readonly number[]
}

/** The same as it is told to who watches. */
export interface Figures {
  readonly claims: Readonly<Record<ClaimKind, number>>
  readonly releases: number
  readonly latency_ms: { readonly p50: number | null; readonly p99: number | null }
}

export function figuresOf({ claims, releases, latencies }: Counted): Figures {
  const [claimed = 0, sold_out = 0, already_claimed = 0, other = 0] = claims
  return {
    claims: { claimed, sold_out, already_claimed, other },
    releases,
    latency_ms: { p50: percentileMs(latencies, 0.5), p99: percentileMs(latencies, 0.99) },
  }
}

/** True when the stock, or a claim's state, may be another than before. */
export function mayShow({ claims, releases, changes }: Counted): boolean {
  return (claims[0] ?? 0) + releases + changes > 0
}

/** Counts, and adds up what others have counted. Plain numbers: the claim path counts here. */
export interface Totals {
  claim(outcome: ClaimOutcome, tookMs: number): void
  released(units: number): void
  changed(): void
  add(counted: Counted): void
  isEmpty(): boolean
  /** What was counted since the last time. */
  take(): Counted
}

const kindOf: Readonly<Partial<Record<ClaimOutcome, number>>> = {
  claimed: 0,
  sold_out: 1,
  already_claimed: 2,
}
const otherKind = claimKinds.length - 1

export function createTotals(): Totals {
  const claims = new Float64Array(claimKinds.length)
  const latencies = new Float64Array(latencyBuckets)
  let releases = 0
  let changes = 0
  let isEmpty = true

  function takeLatencies(): number[] {
    const found: number[] = []
    for (const [bucket, count] of latencies.entries()) if (count > 0) found.push(bucket, count)
    latencies.fill(0)
    return found
  }

  return {
    claim: (outcome, tookMs) => {
      const kind = kindOf[outcome] ?? otherKind
      const bucket = bucketOf(tookMs)
      claims[kind] = (claims[kind] ?? 0) + 1
      latencies[bucket] = (latencies[bucket] ?? 0) + 1
      isEmpty = false
    },
    released: (units) => {
      releases += units
      isEmpty &&= units === 0
    },
    changed: () => {
      changes += 1
      isEmpty = false
    },
    add: (counted) => {
      for (const [kind, count] of counted.claims.entries()) claims[kind] = (claims[kind] ?? 0) + count
      for (let at = 0; at < counted.latencies.length; at += 2) {
        const bucket = counted.latencies[at] ?? 0
        latencies[bucket] = (latencies[bucket] ?? 0) + (counted.latencies[at + 1] ?? 0)
      }
      releases += counted.releases
      changes += counted.changes
      isEmpty &&= counted.claims.every((count) => count === 0) && counted.releases + counted.changes === 0
    },
    isEmpty: () => isEmpty,
    take: () => {
      const taken = { claims: [...claims], releases, changes, latencies: takeLatencies() }
      claims.fill(0)
      releases = 0
      changes = 0
      isEmpty = true
      return taken
    },
  }
}
