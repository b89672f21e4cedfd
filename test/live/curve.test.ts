/** GET /api/coupons/{name}/curve: what was left of a coupon, from its first claim to now. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { curvePointsMax } from '../../server/live/reads.ts'
import { addCoupon } from '../support/database.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const test = suite('live: the curve of a stock')
let server: TestServer

test.before(async () => {
  server = await startTestServer({ auth: 'token', users: 10 })
})

test.after(() => server.close())

interface Point {
  readonly at: string
  readonly remaining: number
}

async function curveOf(name: string): Promise<{ coupon: string; amount: number; points: Point[] }> {
  const { status, body } = await server.get(`/api/coupons/${name}/curve`, server.as('user_0'))
  assert.is(status, 200)
  return body.data as unknown as { coupon: string; amount: number; points: Point[] }
}

const remaining = ({ points }: { points: Point[] }) => points.map((point) => point.remaining)

async function claim(user: number, coupon_name: string): Promise<string> {
  const answer = await server.post('/api/coupons/claim', { coupon_name }, server.as(`user_${user}`))
  return (answer.body.data as { claim_id: string }).claim_id
}

test('down with each claim, up with each that is given back', async () => {
  await addCoupon(server.database.pool, 'STEPS', 5)
  assert.equal(remaining(await curveOf('STEPS')), [5])
  const first = await claim(0, 'STEPS')
  await claim(1, 'STEPS')
  await server.send('DELETE', `/api/claims/${first}`, undefined, server.as('user_0'))
  await claim(2, 'STEPS')
  const curve = await curveOf('steps')
  assert.equal([curve.coupon, curve.amount, remaining(curve)], ['STEPS', 5, [5, 4, 3, 4, 3]])
  const times = curve.points.map(({ at }) => Date.parse(at))
  assert.equal(times, [...times].sort())
})

test('of many steps as many as there is room for; the last one always, and a rush keeps its shape', async () => {
  const { pool } = server.database
  await addCoupon(pool, 'MANY', 3000)
  await pool.query(`INSERT INTO users (username, password, full_name)
    SELECT 'many_' || n, 'x', 'Many' FROM generate_series(1, 2345) AS n`)
  // A claim a millisecond, a week ago; then one now.
  await pool.query(`INSERT INTO user_claims (created_at, updated_at, user_id, coupon_id, claim_key)
    SELECT t.at, t.at, u.id, c.id, gen_random_uuid() FROM coupons c,
      LATERAL (SELECT id, row_number() OVER (ORDER BY id) AS n FROM users WHERE username LIKE 'many%') u,
      LATERAL (SELECT CASE WHEN u.n = 2345 THEN now() ELSE now() - interval '7 days' + u.n * interval '1 ms' END AS at) t
    WHERE c.name = 'MANY'`)
  await pool.query(`UPDATE coupons SET remaining_amount = amount - 2345 WHERE name = 'MANY'`)
  const { points } = await curveOf('MANY')
  assert.ok(points.length > curvePointsMax / 2 && points.length <= curvePointsMax, `${points.length} points`)
  assert.equal([points[0]!.remaining, points.at(-1)!.remaining], [3000, 655])
  const steps = points.slice(1).map((point, n) => points[n]!.remaining - point.remaining)
  assert.ok(Math.max(...steps) <= 5, 'evenly left out')
})

test('not for nobody, and not of nothing', async () => {
  assert.is((await server.get('/api/coupons/STEPS/curve')).status, 401)
  assert.is((await server.get('/api/coupons/NOTHING/curve', server.as('user_0'))).status, 404)
  assert.is((await server.post('/api/coupons/STEPS/curve', {}, server.as('user_0'))).status, 405)
})

test.run()
