import type { Pool } from './connect.ts'

/** What the database holds about one coupon, for a proof. */
export interface Ledger {
  readonly name: string
  readonly amount: number
  readonly remaining_amount: number
  /** One username a live claim, in the order of the claims. */
  readonly claimants: readonly string[]
}

/** The ledger of one coupon by its canonical name; null if unknown. */
export async function readLedger(pool: Pool, couponName: string): Promise<Ledger | null> {
  const [ledger] = await readLedgers(pool, [couponName])
  return ledger ?? null
}

/** Those that exist, in the order of the names, read in one statement, so of one moment. */
export async function readLedgers(pool: Pool, couponNames: readonly string[]): Promise<Ledger[]> {
  const { rows } = await pool.query<Ledger>(
    `SELECT c.name, c.amount, c.remaining_amount,
       coalesce((SELECT array_agg(u.username::text ORDER BY k.id) FROM user_claims k
         JOIN users u ON u.id = k.user_id
         WHERE k.coupon_id = c.id AND k.state IN ('held', 'confirmed')), '{}') AS claimants
     FROM unnest($1::text[]) WITH ORDINALITY AS asked (name, position)
     JOIN coupons c ON c.name = asked.name AND c.deleted_at IS NULL
     ORDER BY asked.position`,
    [couponNames],
  )
  return rows
}

/** The rows of a table as Postgres estimates them, without counting; 0 for one that it never looked at. */
export async function countRoughly(pool: Pool, table: 'user_claims'): Promise<number> {
  const { rows } = await pool.query<{ rows: number }>(
    'SELECT greatest(reltuples, 0)::double precision AS rows FROM pg_class WHERE oid = $1::text::regclass',
    [table],
  )
  return Math.round(rows[0]?.rows ?? 0)
}

/** The sums of one coupon that must agree with each other. */
export interface CouponSums {
  readonly name: string
  readonly amount: number
  readonly remaining_amount: number
  /** Live claims, held or confirmed: what has expired or was released has given its unit back. */
  readonly claims: number
  /** Different users among them. */
  readonly claimants: number
}

/** The sums of one coupon, or of all that are not deleted, in the order of their names. */
export async function readSums(pool: Pool, couponName?: string): Promise<CouponSums[]> {
  const { rows } = await pool.query<CouponSums>(
    `SELECT c.name, c.amount, c.remaining_amount,
       count(k.id)::integer AS claims, count(DISTINCT k.user_id)::integer AS claimants
     FROM coupons c LEFT JOIN user_claims k ON k.coupon_id = c.id AND k.state IN ('held', 'confirmed')
     WHERE c.deleted_at IS NULL AND ($1::text IS NULL OR c.name = $1::text)
     GROUP BY c.id ORDER BY c.name`,
    [couponName ?? null],
  )
  return rows
}

export interface AuditCheck {
  readonly name: 'not_oversold' | 'one_claim_each' | 'counter_matches'
  readonly passed: boolean
  readonly detail: string
}

export interface CouponAudit {
  readonly coupon: string
  readonly amount: number
  readonly remaining_amount: number
  readonly claims: number
  readonly checks: readonly AuditCheck[]
  readonly passed: boolean
}

/** Checks the invariants of one coupon, or of all, from the database alone. */
export async function auditCoupons(pool: Pool, couponName?: string): Promise<CouponAudit[]> {
  return (await readSums(pool, couponName)).map(auditSums)
}

/** Pure: the checks over one coupon's sums. */
export function auditSums({ name, amount, remaining_amount, claims, claimants }: CouponSums): CouponAudit {
  const checks: AuditCheck[] = [
    {
      name: 'not_oversold',
      passed: claims <= amount,
      detail: `${claims} live claims are stored, the coupon's amount is ${amount}.`,
    },
    {
      name: 'one_claim_each',
      passed: claims === claimants,
      detail: `${claims} live claims belong to ${claimants} different users.`,
    },
    {
      name: 'counter_matches',
      passed: remaining_amount === amount - claims,
      detail: `remaining_amount is ${remaining_amount}, amount less live claims is ${amount - claims}.`,
    },
  ]
  return {
    coupon: name,
    amount,
    remaining_amount,
    claims,
    checks,
    passed: checks.every(({ passed }) => passed),
  }
}
