/** Terms, edits, deletion, filters and claims of coupons on the wire, against a real server over a real database. */
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { storedClaims } from '../support/claims.ts'
import { type Answer, startTestServer, type TestServer } from '../support/server.ts'

const test = suite('http: coupons')
let server: TestServer

test.before(async () => {
  server = await startTestServer({ users: 60 })
})

test.after(() => server.close())

const problem = { accept: 'application/problem+json' }
const create = (body: object) => server.post('/api/coupons', body)
const patch = (name: string, body: unknown, headers?: Record<string, string>) =>
  server.send('PATCH', `/api/coupons/${name}`, body, headers)
const claim = (user_id: string, coupon_name: string) =>
  server.post('/api/coupons/claim', { user_id, coupon_name })
const sql = (text: string, values: unknown[] = []) => server.database.pool.query(text, values)

interface Detail {
  readonly name: string
  readonly amount: number
  readonly remaining_amount: number
  readonly claimed_by: readonly string[]
  readonly claimed_count: number
  readonly state: string
  readonly starts_at: string | null
  readonly ends_at: string | null
  readonly paused: boolean
  readonly reclaimable: boolean
  readonly audience: object
}

const dataOf = (answer: Answer) => answer.body.data as Detail
const keysOf = (answer: Answer) => (answer.body.optional_data as { key: string }[]).map(({ key }) => key)
const detailOf = async (name: string) => dataOf(await server.get(`/api/coupons/${name}`))
const fromNow = (ms: number) => new Date(Date.now() + ms).toISOString()
const hour = 3_600_000

test('POST /api/coupons: terms are stored, and told as they were meant', async () => {
  const answer = await create({
    name: 'terms',
    amount: 2,
    starts_at: '2026-11-27T10:00:00.5+01:00',
    ends_at: '2999-12-01T00:00Z',
    paused: true,
    reclaimable: false,
    audience: { kind: 'registered_before', at: '2026-01-01T00:00:00Z' },
    colour: 'ignored',
  })
  assert.is(answer.status, 201, answer.text)
  const expected = {
    name: 'TERMS',
    amount: 2,
    remaining_amount: 2,
    claimed_count: 0,
    state: 'paused',
    starts_at: '2026-11-27T09:00:00.500Z',
    ends_at: '2999-12-01T00:00:00.000Z',
    paused: true,
    reclaimable: false,
    audience: { kind: 'registered_before', at: '2026-01-01T00:00:00.000Z' },
    claimed_by: [],
  }
  assert.equal(dataOf(answer), expected)
  assert.equal(await detailOf('terms'), expected)
})

test('POST /api/coupons without terms: open to everyone at once', async () => {
  const { state, starts_at, ends_at, paused, reclaimable, audience } = dataOf(
    await create({ name: 'OPEN', amount: 1 }),
  )
  assert.equal(
    { state, starts_at, ends_at, paused, reclaimable, audience },
    {
      state: 'active',
      starts_at: null,
      ends_at: null,
      paused: false,
      reclaimable: true,
      audience: { kind: 'everyone' },
    },
  )
})

const badTerms: Readonly<Record<string, [body: object, ...keys: string[]]>> = {
  'a date without a time': [{ starts_at: '2026-11-27' }, 'starts_at'],
  'a time without a zone': [{ ends_at: '2026-11-27T10:00:00' }, 'ends_at'],
  'a day there is not': [{ ends_at: '2026-02-30T10:00:00Z' }, 'ends_at'],
  'an hour there is not': [{ ends_at: '2026-02-20T25:00:00Z' }, 'ends_at'],
  'a year Postgres does not take': [{ starts_at: '0000-01-01T00:00:00Z' }, 'starts_at'],
  'a time that is a number': [{ starts_at: 1_700_000_000 }, 'starts_at'],
  'words for a time': [{ starts_at: 'tomorrow' }, 'starts_at'],
  'paused as text': [{ paused: 'yes' }, 'paused'],
  'paused as a number': [{ paused: 1 }, 'paused'],
  'reclaimable null': [{ reclaimable: null }, 'reclaimable'],
  'an audience that is text': [{ audience: 'everyone' }, 'audience'],
  'an audience of no kind': [{ audience: {} }, 'audience.kind'],
  'an audience of an unknown kind': [{ audience: { kind: 'friends' } }, 'audience.kind'],
  'a list without names': [{ audience: { kind: 'list' } }, 'audience.usernames'],
  'a list with an empty name': [{ audience: { kind: 'list', usernames: ['a', ''] } }, 'audience.usernames.1'],
  'a list with a name over the column': [
    { audience: { kind: 'list', usernames: ['x'.repeat(101)] } },
    'audience.usernames.0',
  ],
  'registered_before nothing': [{ audience: { kind: 'registered_before' } }, 'audience.at'],
  'everyone with a time': [{ audience: { kind: 'everyone', at: '2026-01-01T00:00Z' } }, 'audience.at'],
  'several faults': [{ starts_at: 'x', ends_at: 'y', paused: 2 }, 'starts_at', 'ends_at', 'paused'],
}
for (const [what, [body, ...keys]] of Object.entries(badTerms)) {
  test(`${what} is a validation error that names ${keys.join(', ')}, in POST and in PATCH`, async () => {
    const posted = await create({ name: 'BAD', amount: 1, ...body })
    const patched = await patch('TERMS', body)
    for (const answer of [posted, patched]) {
      assert.is(answer.status, 400, answer.text)
      assert.is(answer.body.kind, 'validation_error')
      assert.equal(keysOf(answer), keys)
    }
  })
}

test('a coupon cannot end before it starts, whichever of the two is changed', async () => {
  const wrong = { name: 'WRONG', amount: 1, starts_at: fromNow(hour), ends_at: fromNow(hour / 2) }
  assert.equal(keysOf(await create(wrong)), ['ends_at'])
  await create({ name: 'PERIOD', amount: 1, starts_at: fromNow(hour), ends_at: fromNow(2 * hour) })
  assert.equal(keysOf(await patch('PERIOD', { ends_at: fromNow(hour / 2) })), ['ends_at'])
  assert.equal(keysOf(await patch('PERIOD', { starts_at: fromNow(3 * hour) })), ['ends_at'])
  const same = (await detailOf('PERIOD')).starts_at
  assert.equal(keysOf(await patch('PERIOD', { ends_at: same })), ['ends_at'], 'nor at the same moment')
  const moved = await patch('PERIOD', { starts_at: fromNow(3 * hour), ends_at: fromNow(4 * hour) })
  assert.is(moved.status, 200, moved.text)
})

test('PATCH: changes what it names, leaves the rest, and says the whole', async () => {
  await create({ name: 'PATCHED', amount: 5, ends_at: '2999-01-01T00:00:00Z', reclaimable: false })
  const answer = await patch('patched', { paused: true, starts_at: '2026-01-01T00:00:00Z' })
  assert.is(answer.status, 200, answer.text)
  assert.is(answer.body.message, 'Coupon PATCHED is changed successfully.')
  const { state, paused, ends_at, starts_at, reclaimable, amount } = dataOf(answer)
  assert.equal([state, paused, amount, reclaimable], ['paused', true, 5, false])
  assert.equal([starts_at, ends_at], ['2026-01-01T00:00:00.000Z', '2999-01-01T00:00:00.000Z'])
  const cleared = dataOf(await patch('PATCHED', { paused: false, starts_at: null, ends_at: null }))
  assert.equal([cleared.state, cleared.starts_at, cleared.ends_at], ['active', null, null])
  assert.equal(cleared, await detailOf('PATCHED'))
  assert.is((await patch('NOBODY_MADE_IT', { paused: true })).status, 404)
})

for (const body of [
  { name: 'OTHER' },
  { remaining_amount: 1 },
  { claimed_count: 0 },
  { state: 'active' },
  { colour: 'red' },
]) {
  const [key = ''] = Object.keys(body)
  test(`PATCH: ${key} cannot be changed, and nothing else of the request is`, async () => {
    const before = await detailOf('PATCHED')
    const answer = await patch('PATCHED', { ...body, amount: 77 })
    assert.equal([answer.status, ...keysOf(answer)], [400, key])
    assert.equal(await detailOf('PATCHED'), before)
  })
}

test('PATCH: hostile bodies are told as faults', async () => {
  for (const [body, status] of [
    ['{}', 400],
    ['', 422],
    ['[]', 400],
    ['{"__proto__": {"amount": 5}}', 400],
    ['{"amount": 5, "constructor": 1}', 400],
    ['{"amount": null}', 400],
    ['{"amount": 0}', 400],
    [`{"x": "${'x'.repeat(11_000)}"}`, 413],
  ] as const) {
    assert.is((await patch('PATCHED', body)).status, status, body.slice(0, 40))
  }
})

test('PATCH amount: down to what is claimed, and no further; the stock moves with it', async () => {
  await create({ name: 'STOCK', amount: 5 })
  for (const user of ['user_0', 'user_1', 'user_2']) await claim(user, 'STOCK')
  const below = await patch('STOCK', { amount: 2, paused: true }, problem)
  assert.is(below.status, 409)
  assert.is(below.body.claimed, 3)
  assert.match(String(below.body.detail), '3 of coupon STOCK are claimed')
  assert.is((await patch('STOCK', { amount: 2 })).body.kind, 'conflict_error')
  assert.equal([(await detailOf('STOCK')).amount, (await detailOf('STOCK')).paused], [5, false])
  const exact = dataOf(await patch('STOCK', { amount: 3 }))
  assert.equal([exact.remaining_amount, exact.claimed_count, exact.state], [0, 3, 'sold_out'])
  assert.is((await claim('user_3', 'STOCK')).status, 400)
  const more = dataOf(await patch('STOCK', { amount: 4 }))
  assert.equal([more.remaining_amount, more.claimed_count, more.state], [1, 3, 'active'])
  assert.is((await claim('user_3', 'STOCK')).status, 200)
})

test('50 changes of the amount at once, against 50 claims: remaining is the amount less the claims', async () => {
  await create({ name: 'BUSY', amount: 40 })
  const answers = await Promise.all(
    Array.from({ length: 50 }, async (_, n) => {
      const [claimed, patched] = await Promise.all([
        claim(`user_${n}`, 'BUSY'),
        patch('BUSY', { amount: 10 + ((n * 7) % 50) }),
      ])
      return { claimed: claimed.status, patched: patched.status }
    }),
  )
  const wins = answers.filter(({ claimed }) => claimed === 200).length
  const { amount, remaining, users } = await storedClaims(server.database.pool, 'BUSY')
  assert.is(users.length, wins)
  assert.is(remaining, amount - wins)
  assert.ok(wins >= 10)
  assert.equal(
    answers.filter(({ patched }) => patched !== 200 && patched !== 409),
    [],
  )
})

test('the detail: live claims only, in their order, at most 1,000 of them; the count is exact', async () => {
  const own = await startTestServer({ users: 1500, coupons: [{ name: 'CROWD', amount: 2000 }] })
  try {
    await own.database.pool.query(
      `INSERT INTO user_claims (user_id, coupon_id) SELECT u.id, c.id FROM users u, coupons c ORDER BY u.id DESC`,
    )
    await own.database.pool.query('UPDATE coupons SET remaining_amount = 500')
    const before = dataOf(await own.get('/api/coupons/CROWD'))
    assert.equal([before.claimed_count, before.claimed_by.length], [1500, 1000])
    assert.equal(before.claimed_by.slice(0, 2), ['user_1499', 'user_1498'])
    await own.database.pool.query(
      `UPDATE user_claims SET state = 'released', ended_id = id WHERE id % 2 = (SELECT min(id) % 2 FROM user_claims)`,
    )
    await own.database.pool.query('UPDATE coupons SET remaining_amount = 500 + 750')
    const after = dataOf(await own.get('/api/coupons/CROWD'))
    assert.equal([after.claimed_count, after.claimed_by.length], [750, 750])
    assert.equal(after.claimed_by.slice(0, 2), ['user_1498', 'user_1496'])
  } finally {
    await own.close()
  }
})

test('DELETE: gone, its claims kept, and its name free for a coupon with claims of its own', async () => {
  await create({ name: 'GONE', amount: 2 })
  await claim('user_0', 'GONE')
  const deleted = await server.send('DELETE', '/api/coupons/gone')
  assert.equal(deleted.body, { status: 200, message: 'Coupon GONE is deleted successfully.' })
  assert.is((await server.get('/api/coupons/GONE')).status, 404)
  assert.is((await server.get('/api/coupons/GONE/claims')).status, 404)
  assert.is((await claim('user_1', 'GONE')).status, 404)
  assert.is((await patch('GONE', { paused: true })).status, 404)
  assert.is((await server.send('DELETE', '/api/coupons/GONE')).status, 404)
  assert.is((await create({ name: 'GONE', amount: 3 })).status, 201)
  assert.equal((await detailOf('GONE')).claimed_by, [])
  assert.is((await claim('user_0', 'GONE')).status, 200, 'a claim of the deleted one is not in the way')
  const { data } = (await server.get('/api/coupons/GONE/claims')).body.data as { data: object[] }
  assert.is(data.length, 1)
  const { rows } = await sql(
    `SELECT count(*)::integer AS claims FROM user_claims k JOIN coupons c ON c.id = k.coupon_id WHERE name = 'GONE'`,
  )
  assert.is(rows[0].claims, 2)
})

test('DELETE, twenty at once: one of them deletes it', async () => {
  await create({ name: 'RACE', amount: 1 })
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => server.send('DELETE', '/api/coupons/RACE')),
  )
  assert.equal(answers.map(({ status }) => status).sort(), [200, ...Array(19).fill(404)])
})

interface List {
  readonly data: readonly Detail[]
  readonly meta: object
}

test('GET /api/coupons: filters, sorts and views, with exact pages', async () => {
  const own = await startTestServer()
  const list = async (query: string) => (await own.get(`/api/coupons?${query}`)).body.data as List
  const names = async (query: string) => (await list(query)).data.map(({ name }) => name)
  const make = async (name: string, amount: number, terms: object = {}) => {
    const { status, text } = await own.post('/api/coupons', { name, amount, ...terms })
    assert.is(status, 201, text)
  }
  const [past, future] = [fromNow(-hour), fromNow(hour)]
  try {
    await make('B_ACTIVE', 30, { starts_at: past, ends_at: future })
    await make('A_OPEN', 20)
    await make('UPCOMING', 10, { starts_at: future })
    await make('PAUSED', 50, { paused: true, starts_at: future })
    await make('ENDED', 40, { ends_at: past, paused: true })
    await make('SOLD', 5)
    await own.database.pool.query(
      `UPDATE coupons SET remaining_amount = 0 WHERE name IN ('SOLD', 'ENDED', 'UPCOMING')`,
    )

    assert.equal(await names('state=active'), ['B_ACTIVE', 'A_OPEN'])
    assert.equal(await names('state=upcoming'), ['UPCOMING'])
    assert.equal(await names('state=paused'), ['PAUSED'])
    assert.equal(await names('state=ended'), ['ENDED'])
    assert.equal(await names('state=sold_out'), ['SOLD'])
    assert.equal(await names('state=active&search=open'), ['A_OPEN'])
    const second = await list('state=active&per_page=1&page=2')
    assert.equal(second, {
      data: [{ name: 'A_OPEN', amount: 20 }],
      meta: { page: 2, per_page: 1, page_count: 2, total: 2 },
    })

    const oldestFirst = ['B_ACTIVE', 'A_OPEN', 'UPCOMING', 'PAUSED', 'ENDED', 'SOLD']
    assert.equal(await names(''), oldestFirst)
    assert.equal(await names('sort=-created_at'), [...oldestFirst].reverse())
    assert.equal(await names('sort=name'), [...oldestFirst].sort())
    assert.equal(await names('sort=-name'), [...oldestFirst].sort().reverse())
    assert.equal(await names('sort=amount'), ['SOLD', 'UPCOMING', 'A_OPEN', 'B_ACTIVE', 'ENDED', 'PAUSED'])
    assert.equal((await names('sort=-remaining')).slice(0, 3), ['PAUSED', 'B_ACTIVE', 'A_OPEN'])
    assert.equal(await names('sort=starts_at'), ['A_OPEN', 'ENDED', 'SOLD', 'B_ACTIVE', 'UPCOMING', 'PAUSED'])
    assert.equal((await names('sort=ends_at')).slice(0, 2), ['ENDED', 'B_ACTIVE'])
    assert.equal((await names('sort=-ends_at')).slice(-2), ['B_ACTIVE', 'ENDED'])

    for (const name of oldestFirst) {
      const found = (await list('view=full')).data.find((row) => row.name === name)
      const { claimed_by, ...summary } = dataOf(await own.get(`/api/coupons/${name}`))
      assert.equal(found, summary, 'the detail but for who has it')
      assert.equal(claimed_by, [])
    }
    for (const query of ['state=open', 'sort=id', 'sort=--name', 'view=half', 'state=ACTIVE', 'sort=%00']) {
      const answer = await own.get(`/api/coupons?${query}`)
      assert.equal([answer.status, ...keysOf(answer)], [400, query.split('=')[0]], query)
    }
  } finally {
    await own.close()
  }
})

test('a state is the database’s to decide: it turns as its clock passes the start', async () => {
  await create({ name: 'SOON', amount: 1, starts_at: fromNow(hour) })
  assert.is((await detailOf('SOON')).state, 'upcoming')
  await sql(`UPDATE coupons SET starts_at = clock_timestamp() WHERE name = 'SOON'`)
  assert.is((await detailOf('SOON')).state, 'active')
})

test('audience: each kind is stored and told; a list by how many are in it', async () => {
  await create({ name: 'CLUB', amount: 1, audience: { kind: 'list', usernames: ['a', 'b', 'a'] } })
  assert.equal((await detailOf('CLUB')).audience, { kind: 'list', size: 2 })
  const members = async () =>
    (
      await sql(`SELECT username FROM audience_members m JOIN coupons c USING (audience_id)
        WHERE c.name = 'CLUB' ORDER BY username`)
    ).rows.map(({ username }) => username as string)
  assert.equal(await members(), ['a', 'b'])
  const swapped = dataOf(await patch('CLUB', { audience: { kind: 'list', usernames: ['c'] } }))
  assert.equal(swapped.audience, { kind: 'list', size: 1 })
  assert.equal(await members(), ['c'])
  const at = '2026-06-01T00:00:00.000Z'
  for (const audience of [
    { kind: 'registered_after', at },
    { kind: 'registered_before', at },
    { kind: 'everyone' },
  ]) {
    assert.equal(dataOf(await patch('CLUB', { audience })).audience, audience)
  }
  assert.is((await sql('SELECT FROM audience_members')).rowCount, 0, 'no list is left behind')
  const empty = dataOf(await patch('CLUB', { audience: { kind: 'list', usernames: [] } }))
  assert.equal(empty.audience, { kind: 'list', size: 0 })
})

test('lists that replace each other at once: the last one stands alone, whole', async () => {
  await create({ name: 'SWAPS', amount: 1 })
  const answers = await Promise.all(
    Array.from({ length: 20 }, (_, n) => {
      const usernames = Array.from({ length: n + 1 }, (_, k) => `member_${n}_${k}`)
      return patch('SWAPS', { audience: n % 5 === 4 ? { kind: 'everyone' } : { kind: 'list', usernames } })
    }),
  )
  assert.equal(
    answers.filter(({ status }) => status !== 200),
    [],
  )
  await patch('SWAPS', { audience: { kind: 'list', usernames: ['x', 'y'] } })
  const { rows } = await sql(
    `SELECT username FROM audience_members WHERE username LIKE 'member%' OR username IN ('x', 'y')`,
  )
  assert.equal(rows.map(({ username }) => username).sort(), ['x', 'y'])
})

test('who may: an admin everything; a user lists and looks, and sees of the claims its own', async () => {
  const guarded = await startTestServer({ users: 3, coupons: [{ name: 'PROMO', amount: 3 }], auth: 'token' })
  const { database } = guarded
  try {
    await database.pool.query(
      `INSERT INTO user_claims (user_id, coupon_id) SELECT u.id, c.id FROM users u, coupons c WHERE username <> 'user_2'`,
    )
    await database.pool.query('UPDATE coupons SET remaining_amount = 1')
    const call = async (
      method: string,
      path: string,
      user: string,
      body?: string,
      type = 'application/json',
    ) => {
      const token = user === '' ? {} : guarded.as(user, user === 'admin' ? 'admin' : 'user')
      const answer = await guarded.send(method, path, body, { 'content-type': type, ...token })
      return { status: answer.status, body: answer.body as unknown as { data: Detail } }
    }
    assert.equal((await call('GET', '/api/coupons/PROMO', 'admin')).body.data.claimed_by, [
      'user_0',
      'user_1',
    ])
    const seen = (await call('GET', '/api/coupons/PROMO', 'user_1')).body.data
    assert.equal([seen.claimed_by, seen.claimed_count], [['user_1'], 2])
    assert.equal((await call('GET', '/api/coupons/PROMO', 'user_2')).body.data.claimed_by, [])
    assert.equal((await call('GET', '/api/coupons/PROMO', "' OR true --")).body.data.claimed_by, [])
    assert.is((await call('GET', '/api/coupons', 'user_1')).status, 200)
    const mine = await call('GET', '/api/users/me/claims', 'user_1')
    assert.equal((mine.body.data as unknown as { data: { user_id: string }[] }).data.length, 1)

    const forAdmins: [method: string, path: string, body?: string, type?: string][] = [
      ['POST', '/api/coupons', '{"name": "X", "amount": 1}'],
      ['PATCH', '/api/coupons/PROMO', '{"paused": true}'],
      ['DELETE', '/api/coupons/PROMO'],
      ['PUT', '/api/coupons/PROMO/audience', 'user_1', 'text/csv'],
      ['GET', '/api/coupons/PROMO/claims'],
    ]
    for (const [method, path, body, type] of forAdmins) {
      assert.is((await call(method, path, 'user_1', body, type)).status, 403, `${method} ${path}`)
      assert.is((await call(method, path, '', body, type)).status, 401, `${method} ${path}`)
    }
    for (const path of ['/api/coupons', '/api/coupons/PROMO', '/api/users/me/claims']) {
      assert.is((await call('GET', path, '')).status, 401, path)
    }
    assert.is((await call('GET', '/api/coupons/PROMO', 'admin')).body.data.paused, false)
  } finally {
    await guarded.close()
  }
})

test.run()
