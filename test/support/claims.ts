import { randomUUID } from 'node:crypto'
import type pg from 'pg'
import type { ClaimDecision, ClaimOutcome, ClaimStrategy } from '../../server/claims/claim.ts'

/** A claim as a test writes it. */
export interface Wish {
  readonly coupon: string
  readonly user: string
  readonly key?: string
  readonly holdSeconds?: number
  /** A UUID; with it the answer is kept. */
  readonly payloadHash?: string
}

/** An outcome, or `failed` for a claim that was rejected with an error. */
export type ClaimAnswer = ClaimOutcome | 'failed'

/** Wishes of user_{from} … user_{to-1} for one coupon. */
export function wishesOf(coupon: string, to: number, from = 0): Wish[] {
  return Array.from({ length: to - from }, (_, index) => ({ coupon, user: `user_${from + index}` }))
}

/** Calls all claims in one turn of the event loop; resolves to their answers, in the order of the calls. */
export async function claimAll(
  strategy: ClaimStrategy,
  wishes: readonly Wish[],
  timeoutMs = 10_000,
): Promise<ClaimAnswer[]> {
  return (await decideAll(strategy, wishes, timeoutMs)).map(answerOf)
}

/** The same with all that is told; null for a claim that was rejected with an error. */
export function decideAll(
  strategy: ClaimStrategy,
  wishes: readonly Wish[],
  timeoutMs = 10_000,
): Promise<(ClaimDecision | null)[]> {
  return Promise.all(wishes.map((wish) => decideOne(strategy, wish, timeoutMs).catch(() => null)))
}

export function answerOf(decision: ClaimDecision | null): ClaimAnswer {
  return decision?.outcome ?? 'failed'
}

export async function claimOne(
  strategy: ClaimStrategy,
  wish: Wish,
  timeoutMs = 10_000,
): Promise<ClaimOutcome> {
  return (await decideOne(strategy, wish, timeoutMs)).outcome
}

/** The same with all that is told. */
export function decideOne(
  strategy: ClaimStrategy,
  { coupon, user, key = randomUUID(), ...wish }: Wish,
  timeoutMs = 10_000,
): Promise<ClaimDecision> {
  const deadlineMs = performance.now() + timeoutMs
  return strategy.claim({ couponName: coupon, username: user, claimKey: key, deadlineMs, ...wish })
}

export function countOf(answers: readonly ClaimAnswer[]): Partial<Record<ClaimAnswer, number>> {
  const counts: Partial<Record<ClaimAnswer, number>> = {}
  for (const answer of answers) counts[answer] = (counts[answer] ?? 0) + 1
  return counts
}

export interface StoredClaims {
  readonly amount: number
  readonly remaining: number
  /** One username a live claim, in the order of the claims. */
  readonly users: readonly string[]
}

/** What is stored about a coupon that is not deleted, read past the strategy and its pool. */
export async function storedClaims(pool: pg.Pool, coupon: string): Promise<StoredClaims> {
  const { rows } = await pool.query<StoredClaims>(
    `SELECT c.amount, c.remaining_amount AS remaining, coalesce(array_agg(u.username::text ORDER BY k.id)
       FILTER (WHERE k.id IS NOT NULL), '{}') AS users
     FROM coupons c LEFT JOIN user_claims k ON k.coupon_id = c.id AND k.state IN ('held', 'confirmed')
     LEFT JOIN users u ON u.id = k.user_id
     WHERE c.name = $1::text AND c.deleted_at IS NULL GROUP BY c.id`,
    [coupon],
  )
  return rows[0]!
}
