/** The wire format of the original, row by row, against a real server over a real database. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { type ProvidedRedis, provideRedis } from '../../server/redis/provide.ts'
import { countOf, storedClaims } from '../support/claims.ts'
import { addCoupon } from '../support/database.ts'
import { type Answer, newCorrelationId, startTestServer, type TestServer } from '../support/server.ts'

const test = suite('http: wire format')
let server: TestServer

test.before(async () => {
  server = await startTestServer({ users: 5 })
})

test.after(() => server.close())

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/

/** Status and whole body; `reference_id` is the answer's Correlation-ID. A coupon has more than the original's fields. */
function assertAnswer(answer: Answer, status: number, body: object): void {
  const id = String(answer.headers['correlation-id'])
  assert.match(id, uuid)
  assert.match(String(answer.headers['content-type']), 'application/json')
  assert.is(answer.status, status, answer.text)
  const { data } = body as { data?: unknown }
  const isCoupon = typeof data === 'object' && data !== null && 'claimed_by' in data
  const told = isCoupon
    ? { ...answer.body, data: originalFields(answer.body.data as CouponData) }
    : answer.body
  assert.equal(told, status >= 400 && 'kind' in body ? { ...body, reference_id: id } : body)
}

interface CouponData {
  readonly name: string
  readonly amount: number
  readonly remaining_amount: number
  readonly claimed_by: readonly string[]
}

function originalFields({ name, amount, remaining_amount, claimed_by }: CouponData): CouponData {
  return { name, amount, remaining_amount, claimed_by }
}

const fault = (status: number, kind: string, message: string) => ({ status, message, kind })
const notFound = fault(404, 'data_not_found_error', 'Requested data is not found')
const claimOf = (user_id: string, coupon_name: string) =>
  server.post('/api/coupons/claim', { user_id, coupon_name })
const newCoupon = (name: string, amount: number) => addCoupon(server.database.pool, name, amount)

test('GET /healthcheck', async () => {
  assertAnswer(await server.get('/healthcheck'), 200, { status: 200, data: 'Service is Running.' })
})

test('GET /livez and /readyz', async () => {
  assert.is((await server.get('/livez')).status, 200)
  const ready = await server.get('/readyz')
  assert.is(ready.status, 200)
  assert.is((ready.body.data as { database: string }).database, 'up')
})

test('POST /api/users/register fills the table with user_0 … user_100, again and again', async () => {
  for (let turn = 0; turn < 2; turn += 1) {
    assertAnswer(await server.post('/api/users/register'), 200, { status: 200 })
    const { rows } = await server.database.pool.query('SELECT username, full_name FROM users')
    assert.is(rows.length, 101)
    assert.ok(rows.some(({ username }) => username === 'user_100'))
  }
})

test('POST /api/coupons creates it under its canonical name', async () => {
  assertAnswer(await server.post('/api/coupons', { name: '  summer sale!! ', amount: 3 }), 201, {
    status: 201,
    data: { name: 'SUMMER_SALE', amount: 3, remaining_amount: 3, claimed_by: [] },
    message: 'Coupon SUMMER_SALE is created successfully.',
  })
})

const canonicalNames: Readonly<Record<string, string>> = {
  '__a--b__': 'A_B',
  'Ünder 50%': 'NDER_50',
  x: 'X',
  'a\tb\nc': 'A_B_C',
}
for (const [given, expected] of Object.entries(canonicalNames)) {
  test(`POST /api/coupons: ${JSON.stringify(given)} becomes ${expected}`, async () => {
    const { status, body } = await server.post('/api/coupons', { name: given, amount: 1 })
    assert.is(status, 201)
    assert.is((body.data as { name: string }).name, expected)
  })
}

test('POST /api/coupons: a name that is taken, in any spelling', async () => {
  await server.post('/api/coupons', { name: 'TAKEN_ONE', amount: 1 })
  assertAnswer(
    await server.post('/api/coupons', { name: 'taken one', amount: 2 }),
    400,
    fault(400, 'business_validation_error', "Create Failed. Coupon with name 'TAKEN_ONE' already exists."),
  )
})

test('POST /api/coupons: of ten at once one creates it', async () => {
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => server.post('/api/coupons', { name: 'RACE', amount: 1 })),
  )
  assert.equal(answers.map(({ status }) => status).sort(), [201, ...Array(9).fill(400)])
})

const badCoupons: Readonly<Record<string, [body: unknown, ...keys: string[]]>> = {
  'no amount': [{ name: 'X1' }, 'amount'],
  'amount 0': [{ name: 'X1', amount: 0 }, 'amount'],
  'amount below 0': [{ name: 'X1', amount: -1 }, 'amount'],
  'amount of a half': [{ name: 'X1', amount: 1.5 }, 'amount'],
  'amount as text': [{ name: 'X1', amount: '5' }, 'amount'],
  'amount over the column': [{ name: 'X1', amount: 2_147_483_648 }, 'amount'],
  'amount null': [{ name: 'X1', amount: null }, 'amount'],
  'no name': [{ amount: 1 }, 'name'],
  'an empty name': [{ name: '', amount: 1 }, 'name'],
  'a name of nothing that counts': [{ name: ' !? ', amount: 1 }, 'name'],
  'a name over the column': [{ name: 'x'.repeat(256), amount: 1 }, 'name'],
  'a name that is a number': [{ name: 5, amount: 1 }, 'name'],
  neither: [{}, 'amount', 'name'],
}
for (const [what, [body, ...keys]] of Object.entries(badCoupons)) {
  test(`POST /api/coupons: ${what} is a validation error that names ${keys.join(' and ')}`, async () => {
    const answer = await server.post('/api/coupons', body)
    assert.is(answer.status, 400)
    const { kind, message, reference_id, optional_data } = answer.body
    assert.is(kind, 'validation_error')
    assert.type(message, 'string')
    assert.is(reference_id, answer.headers['correlation-id'])
    const faults = optional_data as { key: string; value: string }[]
    assert.equal([...new Set(faults.map(({ key }) => key))].sort(), keys)
    for (const each of faults)
      assert.equal([Object.keys(each), typeof each.value], [['key', 'value'], 'string'])
  })
}

test('POST /api/coupons: malformed JSON', async () => {
  const { status, body } = await server.post('/api/coupons', '{"name": "X", "amount": ')
  assert.is(status, 422)
  assert.is(body.kind, 'validation_error')
})

test('GET /api/coupons/{name}: trimmed and upper-cased, with who claimed it, in their order', async () => {
  await newCoupon('DETAIL', 3)
  await claimOf('user_3', 'DETAIL')
  await claimOf('user_1', 'DETAIL')
  const data = { name: 'DETAIL', amount: 3, remaining_amount: 1, claimed_by: ['user_3', 'user_1'] }
  for (const name of ['DETAIL', 'detail', '%20Detail%20']) {
    assertAnswer(await server.get(`/api/coupons/${name}`), 200, { status: 200, data })
  }
  assertAnswer(await server.get('/api/coupons/NOBODY_MADE_IT'), 404, notFound)
})

test('POST /api/coupons/claim: every outcome', async () => {
  await newCoupon('CLAIMED', 1)
  assertAnswer(await claimOf('user_0', 'CLAIMED'), 200, {
    status: 200,
    message: 'Coupon CLAIMED is successfully claimed by user user_0.',
  })
  assertAnswer(
    await claimOf('user_0', 'CLAIMED'),
    409,
    fault(409, 'conflict_error', 'Coupon CLAIMED is already claimed by user user_0'),
  )
  assertAnswer(
    await claimOf('user_1', 'CLAIMED'),
    400,
    fault(400, 'business_validation_error', 'Coupon CLAIMED is not usable because no stock remaining'),
  )
  assertAnswer(await claimOf('nobody', 'CLAIMED'), 404, notFound)
  assertAnswer(await claimOf('user_0', 'NOBODY_MADE_IT'), 404, notFound)
  assertAnswer(await claimOf('nobody', 'NOBODY_MADE_IT'), 404, notFound)
})

test('POST /api/coupons/claim: names in any case are one coupon, claimed at once', async () => {
  await newCoupon('ANY_CASE', 2)
  const spellings = ['ANY_CASE', 'any_case', ' Any_Case ', 'aNY_cASE']
  const answers = await Promise.all(spellings.map((name) => claimOf('user_2', name)))
  assert.equal(answers.map(({ status }) => status).sort(), [200, 409, 409, 409])
  assert.equal((await storedClaims(server.database.pool, 'ANY_CASE')).users, ['user_2'])
})

test('POST /api/coupons/claim: usernames are taken as they are', async () => {
  await newCoupon('USERNAMES', 5)
  await server.database.pool.query(
    `INSERT INTO users (username, password, full_name) VALUES ('Zoë {"x"},\\ ''q''', 'x', 'x'), ($1, 'x', 'x')`,
    ['😀'.repeat(100)],
  )
  assert.is((await claimOf('USER_0', 'USERNAMES')).status, 404)
  assert.is((await claimOf(' user_0', 'USERNAMES')).status, 404)
  assert.is((await claimOf(`Zoë {"x"},\\ 'q'`, 'USERNAMES')).status, 200)
  assert.is((await claimOf('😀'.repeat(100), 'USERNAMES')).status, 200)
})

const badClaims: Readonly<Record<string, [body: unknown, ...keys: string[]]>> = {
  'no user': [{ coupon_name: 'X' }, 'user_id'],
  'no coupon': [{ user_id: 'user_0' }, 'coupon_name'],
  neither: [{}, 'coupon_name', 'user_id'],
  'an empty user': [{ user_id: '', coupon_name: 'X' }, 'user_id'],
  'a user that is a number': [{ user_id: 1, coupon_name: 'X' }, 'user_id'],
  'a user that is a list': [{ user_id: ['user_0'], coupon_name: 'X' }, 'user_id'],
  'a coupon that is null': [{ user_id: 'user_0', coupon_name: null }, 'coupon_name'],
  'a username over its column': [{ user_id: 'x'.repeat(101), coupon_name: 'X' }, 'user_id'],
  'a coupon’s name over its column': [{ user_id: 'x', coupon_name: 'x'.repeat(256) }, 'coupon_name'],
}
for (const [what, [body, ...keys]] of Object.entries(badClaims)) {
  test(`POST /api/coupons/claim: ${what} is a validation error that names ${keys.join(' and ')}`, async () => {
    const { status, body: answer } = await server.post('/api/coupons/claim', body)
    assert.is(status, 400)
    assert.is(answer.kind, 'validation_error')
    const found = (answer.optional_data as { key: string }[]).map(({ key }) => key)
    assert.equal([...new Set(found)].sort(), keys)
  })
}

test('GET /api/coupons/claim is the coupon of that name', async () => {
  assertAnswer(await server.get('/api/coupons/claim'), 404, notFound)
})

test('unknown paths', async () => {
  for (const path of [
    '/',
    '/api',
    '/nothing',
    '/api/nothing',
    '/api/coupons/a/b',
    '/API/coupons',
    '/livez/',
  ]) {
    assertAnswer(await server.get(path), 404, { status: 404, data: 'Url not found' })
  }
})

test('wrong methods', async () => {
  const wrong: [method: string, path: string][] = [
    ['POST', '/healthcheck'],
    ['GET', '/api/users/register'],
    ['DELETE', '/api/coupons'],
    ['PUT', '/api/coupons/X'],
    ['POST', '/api/coupons/X'],
    ['PATCH', '/api/coupons'],
    ['POST', '/readyz'],
    // A coupon may be named CLAIM, so its methods are allowed here too.
    ['OPTIONS', '/api/coupons/claim'],
    ['PUT', '/api/coupons/claim'],
  ]
  for (const [method, path] of wrong) {
    const answer = await server.send(method, path)
    assertAnswer(answer, 405, { status: 405, data: `${method} Method not allowed` })
    assert.type(answer.headers.allow, 'string')
  }
})

test('the Correlation-ID is the request’s own, in header and error, or a fresh one each time', async () => {
  const id = newCorrelationId()
  for (const path of ['/healthcheck', '/nothing', '/api/coupons/NOBODY_MADE_IT']) {
    const { headers, body } = await server.get(path, { 'Correlation-ID': id })
    assert.is(headers['correlation-id'], id)
    if ('reference_id' in body) assert.is(body.reference_id, id)
  }
  const [one, two] = [await server.get('/healthcheck'), await server.get('/healthcheck')]
  assert.is.not(one.headers['correlation-id'], two.headers['correlation-id'])
})

test('GET /api/coupons: pages, per_page is the number of rows on the page', async () => {
  const own = await startTestServer({
    coupons: Array.from({ length: 45 }, (_, index) => ({ name: `COUPON_${index}`, amount: index + 1 })),
  })
  try {
    const first = await own.get('/api/coupons')
    assert.is(first.status, 200)
    const { data, meta } = first.body.data as { data: object[]; meta: object }
    assert.equal(meta, { page: 1, per_page: 20, page_count: 3, total: 45 })
    assert.equal([data.length, data[0]], [20, { name: 'COUPON_0', amount: 1 }])
    const metaOf = async (query: string) =>
      ((await own.get(`/api/coupons?${query}`)).body.data as { meta: object }).meta
    assert.equal(await metaOf('page=3'), { page: 3, per_page: 5, page_count: 3, total: 45 })
    assert.equal(await metaOf('page=4'), { page: 4, per_page: 0, page_count: 3, total: 45 })
    assert.equal(await metaOf('page=2&per_page=40'), { page: 2, per_page: 5, page_count: 2, total: 45 })
    assert.equal(await metaOf('search=nothing'), { page: 1, per_page: 0, page_count: 0, total: 0 })
    const seen = new Set<string>()
    for (const page of [1, 2, 3]) {
      const { data: rows } = (await own.get(`/api/coupons?page=${page}`)).body.data as {
        data: { name: string }[]
      }
      for (const { name } of rows) seen.add(name)
    }
    assert.is(seen.size, 45)
  } finally {
    await own.close()
  }
})

test('GET /api/coupons: search is a part of the name in any case; %, _ and \\ are themselves', async () => {
  const { pool } = server.database
  for (const name of ['FIND_ME', 'FINDXME', 'FIND%ME', 'FIND\\ME']) await addCoupon(pool, name, 1)
  const found = async (search: string) => {
    const { body } = await server.get(`/api/coupons?search=${encodeURIComponent(search)}`)
    return (body.data as { data: { name: string }[] }).data.map(({ name }) => name)
  }
  assert.equal(await found('find'), ['FIND_ME', 'FINDXME', 'FIND%ME', 'FIND\\ME'])
  assert.equal(await found('indx'), ['FINDXME'])
  assert.equal(await found('d_m'), ['FIND_ME'])
  assert.equal(await found('d%m'), ['FIND%ME'])
  assert.equal(await found('d\\m'), ['FIND\\ME'])
  assert.equal(await found(`' OR 1=1 --`), [])
})

for (const query of [
  'page=0',
  'page=-1',
  'page=abc',
  'page=1.5',
  'page=1e3',
  'page=99999999999999999999',
  'page=0x10',
  'page=%00',
]) {
  test(`GET /api/coupons?${query}`, async () => {
    const answer = await server.get(`/api/coupons?${query}`)
    assert.is(answer.status, 400)
    assert.equal(
      [answer.body.kind, answer.body.message],
      ['validation_error', 'Please provide a valid page as integer'],
    )
  })
}

for (const query of ['per_page=0', 'per_page=-1', 'per_page=abc', 'per_page=1.5', 'per_page=99999999999']) {
  test(`GET /api/coupons?${query}`, async () => {
    const { status, body } = await server.get(`/api/coupons?${query}`)
    assert.is(status, 400)
    assert.is(body.kind, 'validation_error')
    assert.match(String(body.message), /^Please provide a valid (per_)?page as integer$/)
  })
}

test('the lock strategy on the wire: one coupon in any case is one lock, a lost lock is told as such', async () => {
  const redis: ProvidedRedis = await provideRedis()
  const lock = { expiryMs: 20_000, tries: 1, delayMs: 1 }
  const own = await startTestServer({
    users: 30,
    coupons: [{ name: 'LOCKED', amount: 30 }],
    claim: { strategy: 'lock', lock },
    redisUrl: redis.url,
  })
  try {
    const names = ['LOCKED', 'locked', 'Locked ']
    const answers = await Promise.all(
      Array.from({ length: 30 }, (_, index) =>
        own.post('/api/coupons/claim', { user_id: `user_${index}`, coupon_name: names[index % 3] }),
      ),
    )
    const busy = answers.filter(({ status }) => status === 409)
    for (const { body } of busy) assert.is(body.kind, 'acquire_redis_lock_error')
    assert.is(answers.filter(({ status }) => status === 200).length + busy.length, 30)
    const { users, remaining } = await storedClaims(own.database.pool, 'LOCKED')
    assert.equal([users.length, remaining], [30 - busy.length, busy.length])
    assert.ok(busy.length > 0, 'some lost the lock')
  } finally {
    await own.close()
    await redis.close()
  }
})

test('a full queue is told 503 with Retry-After, and nothing was changed', async () => {
  const own = await startTestServer({
    users: 60,
    coupons: [{ name: 'PROMO', amount: 60 }],
    claim: { queueSizeMax: 1, batchSizeMax: 1 },
  })
  try {
    const answers = await Promise.all(
      Array.from({ length: 60 }, (_, n) =>
        own.post('/api/coupons/claim', { user_id: `user_${n}`, coupon_name: 'PROMO' }),
      ),
    )
    const refused = answers.filter(({ status }) => status === 503)
    assert.ok(refused.length > 0)
    for (const { body, headers } of refused) {
      assert.is(body.kind, 'service_unavailable_error')
      assert.match(String(headers['retry-after']), /^\d+$/)
    }
    assert.is((await storedClaims(own.database.pool, 'PROMO')).remaining, refused.length)
    assert.equal(
      countOf(answers.map(({ status }) => (status === 200 ? 'claimed' : 'overloaded'))).claimed,
      60 - refused.length,
    )
  } finally {
    await own.close()
  }
})

test.run()
