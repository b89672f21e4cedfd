import type { Bench, Measure } from '../bench.ts'
import type { Database } from '../database.ts'
import { winning } from '../sales.ts'
import { alternate, findingOf } from '../trials.ts'

/** Whether a claim takes longer where many have been made before: two databases, one of them full. */
export const stored: Measure = {
  name: 'stored',
  run: async (bench) => {
    const rows = bench.flags.isQuick ? 100_000 : 1_000_000
    const generator = await bench.startGenerator()
    const variant = async (label: string, fill: number) => {
      const database = await bench.createDatabase()
      await storeClaims(bench, database, fill)
      const server = await bench.startCoupon({ database })
      const keepsClaims = fill > 0
      return winning(bench, { label, tool: 'driver', generator, server, database, keepsClaims })
    }
    const full = `${rows.toLocaleString('en-US')} stored`
    const [filled, empty] = await alternate(bench, [
      await variant(full, rows),
      await variant('none stored', 0),
    ])
    return [findingOf(`claims with ${full} ÷ none`, [filled, empty], { is: 'at least', ratio: 0.9 })]
  },
}

/** $1 how the coupons' names begin, $2 claims in all. Every user has each coupon, in an order by chance. */
const insertClaims = `
  INSERT INTO user_claims (user_id, coupon_id)
  SELECT u.id, c.id
  FROM coupons c CROSS JOIN LATERAL (
    SELECT id, row_number() OVER (ORDER BY md5(id::text || c.id)) AS turn FROM users
  ) u
  WHERE c.name LIKE $1::text || '\\_%'
  ORDER BY c.id, u.turn
  LIMIT $2::integer`

async function storeClaims({ flags: { users }, newPrefix, note }: Bench, database: Database, rows: number) {
  if (rows === 0) return
  note(`  Storing ${rows.toLocaleString('en-US')} claims …`)
  const prefix = newPrefix()
  const coupons = Math.ceil(rows / users)
  await database.addCoupons({ prefix, coupons, users, order: 'one after another', from: 0 })
  await database.pool.query(insertClaims, [prefix, rows])
  await database.pool.query(
    `UPDATE coupons c SET remaining_amount = c.amount - s.claims
     FROM (SELECT coupon_id, count(*) AS claims FROM user_claims GROUP BY coupon_id) s WHERE s.coupon_id = c.id`,
  )
  await database.pool.query('VACUUM ANALYZE user_claims')
}
