/**
 * What is somebody else's, and what nobody may set: tried on every operation of the document, so that a new route or body
 * cannot be forgotten. What an operation must answer is written down here; one that is not is a failure.
 */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { openApiDocument } from '../../server/http/openapi/document.ts'
import type { Parameter } from '../../server/http/openapi/types.ts'
import { type Described, operationsOf } from '../support/openapi/contract.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const test = suite('http: another’s things, and fields that nobody may set')
const operations = operationsOf(openApiDocument('/api'))
let server: TestServer
/** A claim of user_0 that is held, and one that is confirmed. */
let claimIds: readonly string[]

test.before(async () => {
  server = await startTestServer({
    auth: 'token',
    users: 5,
    coupons: [
      { name: 'PROMO', amount: 9 },
      { name: 'OTHER', amount: 9 },
    ],
  })
  const claim = (coupon_name: string, hold_seconds?: number) =>
    server.post('/api/coupons/claim', { coupon_name, hold_seconds }, server.as('user_0'))
  const made = [await claim('PROMO', 600), await claim('OTHER')]
  claimIds = made.map(({ body }) => String((body.data as { claim_id: string }).claim_id))
  assert.equal(claimIds.length, 2)
})

test.after(() => server.close())

/** All that is stored, but the logs of who signed in. */
async function stored(): Promise<unknown> {
  const tables = ['users', 'coupons', 'user_claims', 'claim_events']
  const rows = tables.map(async (table) => {
    const found = await server.database.pool.query(`SELECT * FROM ${table} ORDER BY id`)
    return [table, found.rows]
  })
  return Promise.all(rows)
}

type Rule = 'not found' | 'forbidden' | 'public' | 'own or shared'

/** What a plain user gets who names a thing of user_0 in the path, query or body of it. */
const rules: Readonly<Record<string, Rule>> = {
  claimCoupon: 'forbidden',
  getEligibility: 'forbidden',
  getClaim: 'not found',
  releaseClaim: 'not found',
  confirmClaim: 'not found',
  listClaimEvents: 'not found',
  createCoupon: 'forbidden',
  changeCoupon: 'forbidden',
  deleteCoupon: 'forbidden',
  replaceAudience: 'forbidden',
  listCouponClaims: 'forbidden',
  // Every user may see what there is to claim; of its claimants only itself.
  listCoupons: 'own or shared',
  getCoupon: 'own or shared',
  getMe: 'own or shared',
  listMyClaims: 'own or shared',
  watchLive: 'own or shared',
  getStockCurve: 'own or shared',
  registerUser: 'public',
  login: 'public',
  refreshTokens: 'public',
  logout: 'public',
  getHealthcheck: 'public',
  getLivez: 'public',
  getReadyz: 'public',
  getMetrics: 'public',
  getDashboard: 'public',
  getDashboardFile: 'public',
  getDashboardInfo: 'public',
  getOpenApi: 'public',
  getDocs: 'public',
  getDocsFile: 'public',
  listProblems: 'public',
  getProblem: 'public',
}

test('every operation has its rule', () => {
  assert.equal(operations.map(({ operation }) => operation.operationId).sort(), Object.keys(rules).sort())
})

/** In place of each parameter and field: what belongs to user_0, or is an admin's to change. */
const hisOwn: Readonly<Record<string, string>> = {
  coupon_name: 'PROMO',
  coupon: 'PROMO',
  user_id: 'user_0',
  user: 'user_0',
  file: 'x',
  problem: 'x',
}
const bodies: Readonly<Record<string, string>> = {
  claimCoupon: '{"user_id": "user_0", "coupon_name": "PROMO"}',
  createCoupon: '{"name": "MINE", "amount": 5}',
  changeCoupon: '{"amount": 500}',
  replaceAudience: 'user_1\n',
  confirmClaim: '{"user_id": "user_0"}',
  releaseClaim: '{"user_id": "user_0"}',
}

function pathsOf({ template, operation }: Described): string[] {
  const query = operation.parameters
    .filter(
      (each): each is Parameter => 'in' in each && each.in === 'query' && Object.hasOwn(hisOwn, each.name),
    )
    .map(({ name }) => `${name}=${hisOwn[name]}`)
  const filled = template.replaceAll(/\{(\w+)\}/g, (whole, name: string) => hisOwn[name] ?? whole)
  const paths = claimIds.map((id) => filled.replace('{claim_id}', id))
  return [...new Set(paths)].map((path) => path + (query.length > 0 ? `?${query.join('&')}` : ''))
}

const ask = (
  { method, operation: { operationId } }: Described,
  path: string,
  headers: Record<string, string>,
) => {
  const type = operationId === 'replaceAudience' ? 'text/csv' : 'application/json'
  return server.send(method, path, bodies[operationId], { 'content-type': type, ...headers })
}

for (const described of operations) {
  const { operationId } = described.operation
  const rule = rules[operationId]
  if (rule === 'public') continue
  test(`${operationId}, asked by another user: ${rule}`, async () => {
    const before = await stored()
    for (const path of pathsOf(described)) {
      const answer = await ask(described, path, server.as('user_1'))
      const what = `${path}: ${answer.status} ${answer.text}`
      if (rule === 'not found') assert.is(answer.status, 404, what)
      if (rule === 'forbidden') assert.is(answer.status, 403, what)
      if (rule === 'own or shared') assert.not.match(answer.text, /user_0/, what)
      assert.is((await ask(described, path, {})).status, 401, `${path} without a token`)
    }
    assert.equal(await stored(), before, 'nothing was changed')
  })
}

test('what is not one’s own is answered as what does not exist, to the byte', async () => {
  for (const described of operations.filter(
    ({ operation }) => rules[operation.operationId] === 'not found',
  )) {
    const [path = ''] = pathsOf(described)
    const [his, nobodys] = [path, path.replace(/claims\/\d+/, 'claims/999999')].map((each) =>
      ask(described, each, { ...server.as('user_1'), 'correlation-id': 'same' }),
    )
    assert.is((await his!).text, (await nobodys!).text)
  }
})

test('a user’s own things are not refused by those rules', async () => {
  const owner = server.as('user_0')
  for (const id of claimIds) {
    assert.is((await server.get(`/api/claims/${id}`, owner)).status, 200)
    assert.is((await server.get(`/api/claims/${id}/events`, owner)).status, 200)
  }
  assert.match((await server.get('/api/coupons/PROMO', owner)).text, /user_0/)
})

/** Fields of the tables and of answers: none of them is anybody's to set. */
const stray: Readonly<Record<string, unknown>> = {
  id: 4711,
  claim_id: '4711',
  user: 'user_0',
  owner: 'user_0',
  username_id: 1,
  role: 'admin',
  roles: ['admin'],
  is_admin: true,
  isAdmin: true,
  state: 'confirmed',
  remaining_amount: 4711,
  claimed_count: 0,
  claimed_by: ['user_0'],
  held_until: '2099-01-01T00:00:00.000Z',
  created_at: '1999-01-01T00:00:00.000Z',
  updated_at: '1999-01-01T00:00:00.000Z',
  deleted_at: '1999-01-01T00:00:00.000Z',
  tokens_valid_from: '1999-01-01T00:00:00.000Z',
  coupon_id: 1,
  audience_id: 1,
  claim_key: '00000000-0000-4000-8000-000000000000',
  actor: 'user_0',
  correlation_id: 'x',
}

/** What is done with fields that a body does not have. */
const treatment: Readonly<Record<string, { status: number; body: object; as?: 'admin' }>> = {
  registerUser: { status: 201, body: { username: 'sly', password: 'correct horse', full_name: 'Sly' } },
  login: { status: 401, body: { username: 'user_0', password: 'wrong' } },
  refreshTokens: { status: 401, body: { refresh_token: 'x' } },
  logout: { status: 200, body: { refresh_token: 'x' } },
  claimCoupon: { status: 200, body: { coupon_name: 'PROMO' } },
  confirmClaim: { status: 200, body: { reason: 'paid' } },
  releaseClaim: { status: 200, body: { reason: 'twice' } },
  createCoupon: { status: 201, body: { name: 'NEW', amount: 3 }, as: 'admin' },
  changeCoupon: { status: 400, body: { paused: false }, as: 'admin' },
}

for (const described of operations) {
  const { operationId, requestBody } = described.operation
  const schema = requestBody?.content['application/json']?.schema
  if (schema === undefined) continue
  test(`${operationId}: a field that is not its own is ${schema.additionalProperties === false ? 'refused' : 'ignored'}, and never stored`, async () => {
    const rule = treatment[operationId]
    assert.ok(rule, `${operationId} needs its line in this test`)
    const properties = Object.keys(schema.properties as object)
    const extra = Object.fromEntries(Object.entries(stray).filter(([name]) => !properties.includes(name)))
    const caller = rule.as === 'admin' ? server.as('root', 'admin') : server.as('user_2')
    const own = await ownClaim(operationId)
    const path = described.template.replace('{coupon_name}', 'PROMO').replace('{claim_id}', own)
    const text = JSON.stringify({ ...rule.body, ...extra }).replace(
      '{',
      '{"__proto__": {"role": "admin", "amount": 7}, ',
    )
    const answer = await server.send(described.method, path, text, caller)
    assert.is(answer.status, rule.status, answer.text)
    const all = JSON.stringify(await stored())
    assert.not.match(all, /4711|1999-01-01|2099-01-01/)
    assert.not.match(all, /"role":"admin"/)
    const { rows } = await server.database.pool.query(
      `SELECT amount - remaining_amount - (SELECT count(*) FROM user_claims k WHERE k.coupon_id = c.id
         AND k.state IN ('held', 'confirmed')) AS difference, name FROM coupons c`,
    )
    assert.equal(
      rows.filter(({ difference }) => Number(difference) !== 0),
      [],
    )
    assert.is(({} as { role?: unknown }).role, undefined, 'no prototype was changed')
  })
}

/** A held claim of user_2 for who changes one. */
async function ownClaim(operationId: string): Promise<string> {
  if (!['confirmClaim', 'releaseClaim'].includes(operationId)) return ''
  const name = `FOR_${operationId.toUpperCase()}`
  await server.post('/api/coupons', { name, amount: 2 }, server.as('root', 'admin'))
  const { body } = await server.post(
    '/api/coupons/claim',
    { coupon_name: name, hold_seconds: 60 },
    server.as('user_2'),
  )
  return (body.data as { claim_id: string }).claim_id
}

test.run()
