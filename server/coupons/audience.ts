import { QueryTypes, type Transaction } from 'sequelize'
import type { Sequelize } from 'sequelize-typescript'
import type { AudienceKind, Coupon } from '../db/models/coupon.ts'
import { commented } from '../db/statement.ts'
import type { Audience, AudienceWish } from './terms.ts'

/** The columns of `coupons` that say who may claim it. */
export interface AudienceColumns {
  readonly audience_kind: AudienceKind
  readonly audience_at: Date | null
  readonly audience_id: string | null
  readonly audience_size: number | null
}

/** Members a statement: 10,000 take about 100 ms, far from any time-out. */
const membersPerStatement = 10_000

/**
 * Makes ready what a coupon's row is to say of its audience, inside the transaction that will say it. A list is
 * loaded under an id of its own, where no claim looks yet.
 */
export async function storeAudience(
  models: Sequelize,
  wish: AudienceWish,
  transaction: Transaction,
): Promise<AudienceColumns> {
  const none = { audience_at: null, audience_id: null, audience_size: null }
  if (wish.kind === 'everyone') return { ...none, audience_kind: wish.kind }
  if (wish.kind !== 'list') return { ...none, audience_kind: wish.kind, audience_at: wish.at }
  const { id, size } = await loadMembers(models, wish.usernames, transaction)
  return { ...none, audience_kind: 'list', audience_id: id, audience_size: size }
}

/** Row: id. */
const nextAudience = commented('next_audience', `SELECT nextval('audience_id_seq')::text AS id`)

/** $1 audience id, $2 usernames. One row affected for each that was not in the list yet. */
const addMembers = commented(
  'add_members',
  `
  INSERT INTO audience_members (audience_id, username)
  SELECT $1::bigint, name FROM unnest($2::varchar[]) AS name
  ON CONFLICT DO NOTHING`,
)

async function loadMembers(
  models: Sequelize,
  usernames: Iterable<string> | AsyncIterable<string>,
  transaction: Transaction,
): Promise<{ id: string; size: number }> {
  const rows = await models.query<{ id: string }>(nextAudience, { type: QueryTypes.SELECT, transaction })
  const id = rows[0]?.id ?? ''
  let size = 0
  let batch: string[] = []
  const flush = async () => {
    const bind = [id, batch]
    const [, added] = await models.query(addMembers, { bind, type: QueryTypes.INSERT, transaction })
    size += added
    batch = []
  }
  for await (const username of usernames) {
    batch.push(username)
    if (batch.length >= membersPerStatement) await flush()
  }
  if (batch.length > 0) await flush()
  return { id, size }
}

/** $1 coupon id. `4_001` is this program's number for audiences; no other lock of the database has it. */
const lockAudience = commented('lock_audience', `SELECT pg_advisory_xact_lock(4001, hashint8($1::bigint))`)

/** $1 coupon id. Row: audience_id, or none. */
const currentAudience = commented(
  'current_audience',
  `SELECT audience_id::text FROM coupons WHERE id = $1::bigint AND audience_id IS NOT NULL`,
)

/**
 * $1 audience id, $2 the last username that was removed. Row: the last of this round, or null when none is left. By a
 * range of the primary key: a list of names would be joined by reading all members in each round.
 */
const removeMembers = commented(
  'remove_members',
  `
  WITH round AS MATERIALIZED (
    SELECT max(username) AS last FROM (
      SELECT username FROM audience_members WHERE audience_id = $1::bigint AND username > $2::varchar
      ORDER BY username LIMIT ${membersPerStatement}
    ) members
  ), removed AS (
    DELETE FROM audience_members
    WHERE audience_id = $1::bigint AND username > $2::varchar AND username <= (SELECT last FROM round)
  )
  SELECT last FROM round`,
)

/**
 * Removes the members of the coupon's list, if it has one. Until this transaction commits, claims go on to see them:
 * they only read. From here on this transaction alone may change the coupon's audience, so that the list it
 * removed is still the coupon's when it locks the row, which it then holds for a moment only.
 */
export async function removeCurrentMembers(
  models: Sequelize,
  couponId: string,
  transaction: Transaction,
): Promise<void> {
  const select = { type: QueryTypes.SELECT, transaction } as const
  await models.query(lockAudience, { ...select, bind: [couponId] })
  const found = await models.query<{ audience_id: string }>(currentAudience, { ...select, bind: [couponId] })
  const [current] = found
  if (current === undefined) return
  let last: string | null = ''
  while (last !== null) {
    const bind: string[] = [current.audience_id, last]
    const rounds: { last: string | null }[] = await models.query(removeMembers, { ...select, bind })
    last = rounds[0]?.last ?? null
  }
}

/** As it is told. */
export function audienceOf({ audience_kind: kind, audience_at: at, audience_size: size }: Coupon): Audience {
  if (kind === 'list') return { kind, size: size ?? 0 }
  if (kind === 'everyone' || at === null) return { kind: 'everyone' }
  return { kind, at }
}
