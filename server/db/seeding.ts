import bcrypt from 'bcrypt'
import type { Pool } from './connect.ts'
import { isUniqueViolation } from './sqlstate.ts'

/** The original's demo users all have this password. */
export const demoPassword = 'user123'
/** The original fills its table with user_0 … user_100. */
export const demoUserCount = 101

/** OWASP's least; each more doubles what a login costs. */
export const bcryptRounds = 10
/** Users a statement: short statements can be interrupted and show progress. */
const usersPerStatement = 10_000

/**
 * $1 and $2 the first and the last number, $3 the bcrypt hash. A row a user added. Who exists is skipped before
 * it is inserted, so that running it again burns no identities.
 */
const insertDemoUsers = `
  INSERT INTO users (username, password, full_name)
  SELECT 'user_' || n, $3::text, 'User ' || n
  FROM generate_series($1::integer, $2::integer) AS n
  WHERE NOT EXISTS (SELECT FROM users u WHERE u.username = 'user_' || n)
  ORDER BY n
  ON CONFLICT (username) DO NOTHING`

export interface SeedUsersOptions {
  /** Users user_0 … user_{count-1}. */
  readonly count: number
  /** Theirs alone; the public `demoPassword` when it is not said. */
  readonly password?: string
  /** Told how many of them have been looked at. */
  readonly onProgress?: (done: number) => void
  readonly signal?: AbortSignal
}

/** Adds the demo users that are missing. One hash serves all, since they share one password. */
export async function seedUsers(
  pool: Pool,
  options: SeedUsersOptions,
): Promise<{ added: number; existing: number }> {
  const { count, password = demoPassword, onProgress, signal } = options
  const hash = await bcrypt.hash(password, bcryptRounds)
  let added = 0
  for (let from = 0; from < count; from += usersPerStatement) {
    signal?.throwIfAborted()
    const to = Math.min(from + usersPerStatement, count) - 1
    const { rowCount } = await pool.query(insertDemoUsers, [from, to, hash])
    added += rowCount ?? 0
    onProgress?.(to + 1)
  }
  return { added, existing: count - added }
}

export interface SeededCoupon {
  readonly added: boolean
  readonly amount: number
  readonly remaining_amount: number
}

/** Adds the coupon unless one of that (canonical) name exists; that one is left as it is. */
export async function seedCoupon(
  pool: Pool,
  { name, amount }: { name: string; amount: number },
): Promise<SeededCoupon> {
  const found = await findCoupon(pool, name)
  if (found !== undefined) return { added: false, ...found }
  try {
    await pool.query(
      'INSERT INTO coupons (name, amount, remaining_amount) VALUES ($1::text, $2::integer, $2::integer)',
      [name, amount],
    )
    return { added: true, amount, remaining_amount: amount }
  } catch (error) {
    const winner = isUniqueViolation(error) ? await findCoupon(pool, name) : undefined
    if (winner === undefined) throw error
    return { added: false, ...winner }
  }
}

async function findCoupon(pool: Pool, name: string): Promise<Omit<SeededCoupon, 'added'> | undefined> {
  const { rows } = await pool.query<Omit<SeededCoupon, 'added'>>(
    'SELECT amount, remaining_amount FROM coupons WHERE name = $1::text AND deleted_at IS NULL',
    [name],
  )
  return rows[0]
}

/**
 * Removes every coupon, with all claims and what hangs on them; users stay. Only for a database that is the caller's
 * alone. Identities go on, so that nobody takes a new coupon for an old one.
 */
export async function removeAllCoupons(pool: Pool): Promise<void> {
  await pool.query(
    'TRUNCATE coupons, user_claims, claim_events, claim_answers, claim_fences, audience_members',
  )
}
