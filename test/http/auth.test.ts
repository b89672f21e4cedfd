/** Who may do what, on the wire: a real server in token mode over a real database. */
import { setTimeout as pause } from 'node:timers/promises'
import jwt from 'jsonwebtoken'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createPasswords } from '../../server/auth/passwords.ts'
import { createSessions } from '../../server/auth/sessions.ts'
import { createTokens } from '../../server/auth/tokens.ts'
import { openModels } from '../../server/db/models/open.ts'
import { seedUsers } from '../../server/db/seeding.ts'
import { openUsers } from '../../server/users/open.ts'
import { storedClaims } from '../support/claims.ts'
import { addCoupon } from '../support/database.ts'
import { type Answer, startTestServer, type TestServer } from '../support/server.ts'
import { testSecret, tokenOf } from '../support/tokens.ts'

const test = suite('http: who may do what')
let server: TestServer

test.before(async () => {
  server = await startTestServer({ auth: 'token' })
  await seedUsers(server.database.pool, { count: 3 })
})

test.after(() => server.close())

let names = 0
const password = 'correct horse battery'

/** A user of its own, registered over the wire. */
async function newUser(): Promise<string> {
  const username = `someone_${names++}`
  const answer = await server.post('/api/users/register', { username, password, full_name: 'Some One' })
  assert.is(answer.status, 201, answer.text)
  return username
}

interface Tokens {
  readonly access_token: string
  readonly refresh_token: string
}

const login = (username: string, secret = password) =>
  server.post('/api/auth/login', { username, password: secret })
const refresh = (token: string) => server.post('/api/auth/refresh', { refresh_token: token })
const tokensOf = ({ body }: Answer) => body.data as Tokens
const bearer = (token: string) => ({ authorization: `Bearer ${token}` })

async function signIn(username: string): Promise<Tokens> {
  const answer = await login(username)
  assert.is(answer.status, 200, answer.text)
  return tokensOf(answer)
}

function assertRefused(answer: Answer, status: number, kind: string): void {
  assert.is(answer.status, status, answer.text)
  assert.is(answer.body.kind, kind)
  assert.is(answer.headers['www-authenticate'], status === 401 ? 'Bearer' : undefined)
}

test('register, log in, ask who one is', async () => {
  const body = { username: 'alice', password, full_name: 'Alice A.' }
  const registered = await server.post('/api/users/register', body)
  assert.is(registered.status, 201, registered.text)
  assert.equal(registered.body.data, { username: 'alice', full_name: 'Alice A.', role: 'user' })
  const signedIn = await login('alice')
  assert.is(signedIn.status, 200)
  assert.is(signedIn.headers['cache-control'], 'no-store')
  const { access_token, refresh_token, ...rest } = signedIn.body.data as Tokens & object
  assert.equal(rest, { token_type: 'Bearer', expires_in: 900 })
  assert.match(refresh_token, /^[\w-]{43}$/)
  const me = await server.get('/api/users/me', bearer(access_token))
  const { created_at, ...data } = me.body.data as { created_at: string }
  assert.equal(data, { username: 'alice', full_name: 'Alice A.', role: 'user' })
  assert.is(new Date(created_at).toISOString(), created_at)
  const { rows } = await server.database.pool.query(`SELECT password FROM users WHERE username = 'alice'`)
  assert.match(rows[0].password, /^\$2b\$10\$/)
  assert.not.match(registered.text + signedIn.text + me.text, password)
})

test('a name that is taken is 409, of ten at once one gets it', async () => {
  const body = { username: 'race', password, full_name: 'R' }
  const answers = await Promise.all(
    Array.from({ length: 10 }, () => server.post('/api/users/register', body)),
  )
  assert.equal(answers.map(({ status }) => status).sort(), [201, ...Array(9).fill(409)])
  assertRefused(answers.find(({ status }) => status === 409)!, 409, 'conflict_error')
})

test('a registration’s faults are told all at once; a role cannot be chosen', async () => {
  const bad = { username: 'a b', password: 'short', full_name: '' }
  const answer = await server.post('/api/users/register', bad)
  assertRefused(answer, 400, 'validation_error')
  const keys = (answer.body.optional_data as { key: string }[]).map(({ key }) => key).sort()
  assert.equal(keys, ['full_name', 'password', 'username'])
  assert.not.match(answer.text, 'short"')
  for (const body of [undefined, {}])
    assertRefused(await server.post('/api/users/register', body), 400, 'validation_error')
  const long = await server.post('/api/users/register', {
    ...bad,
    username: 'ok',
    full_name: 'x',
    password: 'é'.repeat(37),
  })
  assert.match(long.text, '72 bytes')
  const sly = { username: 'sly', password, full_name: 'S', role: 'admin' }
  const { body } = await server.post('/api/users/register', sly)
  assert.is((body.data as { role: string }).role, 'user')
})

test('demo users sign in with their short password', async () => {
  assert.is((await login('user_1', 'user123')).status, 200)
})

test('a wrong password and an unknown user are the same answer', async () => {
  const username = await newUser()
  const answers = [await login(username, 'wrong password'), await login('nobody_at_all', 'wrong password')]
  for (const answer of answers) assertRefused(answer, 401, 'unauthorized_error')
  const [one, two] = answers.map(({ body: { reference_id: _, ...rest } }) => rest)
  assert.equal(one, two)
})

test('no token, or none of ours, is 401 on every route that wants one', async () => {
  await addCoupon(server.database.pool, 'GUARDED', 5)
  const now = Math.floor(Date.now() / 1000)
  const claims = { role: 'admin', sub: 'user_0', iss: 'coupon', aud: 'coupon-api', exp: now + 60 }
  const sign = (payload: object, typ = 'at+jwt', secret = testSecret) =>
    `Bearer ${jwt.sign(payload, secret, { header: { alg: 'HS256', typ } })}`
  const wrong: readonly (string | undefined)[] = [
    undefined,
    'Bearer',
    'Bearer ',
    'Bearer garbage',
    `Basic ${Buffer.from('user_0:user123').toString('base64')}`,
    sign(claims, 'JWT'),
    sign({ ...claims, aud: 'other' }),
    sign({ ...claims, exp: now - 1 }),
    sign(claims, 'at+jwt', 'another secret that has more than 32 bytes'),
  ]
  for (const authorization of wrong) {
    const headers: Record<string, string> = authorization === undefined ? {} : { authorization }
    for (const path of ['/api/coupons', '/api/coupons/GUARDED', '/api/users/me'])
      assertRefused(await server.get(path, headers), 401, 'unauthorized_error')
    const claim = { coupon_name: 'GUARDED', user_id: 'user_0' }
    assertRefused(await server.post('/api/coupons/claim', claim, headers), 401, 'unauthorized_error')
    assertRefused(
      await server.post('/api/coupons', { name: 'MINE', amount: 1 }, headers),
      401,
      'unauthorized_error',
    )
  }
  assert.is(
    (await server.get('/api/coupons', { authorization: sign(claims) })).status,
    200,
    'the good one is taken',
  )
  assert.equal((await storedClaims(server.database.pool, 'GUARDED')).users, [])
})

test('health needs no token', async () => {
  for (const path of ['/healthcheck', '/livez', '/readyz']) assert.is((await server.get(path)).status, 200)
})

test('a user reads coupons and makes none; an admin does', async () => {
  const coupon = { name: 'MADE', amount: 1 }
  const refused = await server.post('/api/coupons', coupon, server.as('user_0'))
  assertRefused(refused, 403, 'forbidden_error')
  assert.is((await server.post('/api/coupons', coupon, server.as('root', 'admin'))).status, 201)
  assert.is((await server.get('/api/coupons/MADE', server.as('user_0'))).status, 200)
  assert.is((await server.get('/api/coupons', server.as('user_0'))).status, 200)
})

test('a user claims for itself only, an admin for anyone', async () => {
  await addCoupon(server.database.pool, 'OWN', 5)
  const claim = (body: object, headers: Record<string, string>) =>
    server.post('/api/coupons/claim', { coupon_name: 'OWN', ...body }, headers)
  assert.is((await claim({}, server.as('user_0'))).status, 200)
  assertRefused(await claim({ user_id: 'user_0' }, server.as('user_0')), 409, 'conflict_error')
  assertRefused(await claim({ user_id: 'user_2' }, server.as('user_1')), 403, 'forbidden_error')
  assertRefused(await claim({ user_id: 7 }, server.as('user_1')), 400, 'validation_error')
  assert.is((await claim({ user_id: 'user_1' }, server.as('root', 'admin'))).status, 200)
  assertRefused(await claim({}, server.as('root', 'admin')), 404, 'data_not_found_error')
  assert.equal((await storedClaims(server.database.pool, 'OWN')).users, ['user_0', 'user_1'])
})

test('a refresh rotates; the used token revokes the whole family, not the user’s other sign-ins', async () => {
  const username = await newUser()
  const [first, other] = [await signIn(username), await signIn(username)]
  const second = tokensOf(await refresh(first.refresh_token))
  assert.is.not(second.refresh_token, first.refresh_token)
  assert.is((await server.get('/api/users/me', bearer(second.access_token))).status, 200)
  const third = tokensOf(await refresh(second.refresh_token))
  assertRefused(await refresh(first.refresh_token), 401, 'unauthorized_error')
  assertRefused(await refresh(third.refresh_token), 401, 'unauthorized_error')
  assert.is((await refresh(other.refresh_token)).status, 200)
})

test('of 20 refreshes with one token at once one wins, and the family is revoked', async () => {
  const { refresh_token } = await signIn(await newUser())
  const answers = await Promise.all(Array.from({ length: 20 }, () => refresh(refresh_token)))
  const winners = answers.filter(({ status }) => status === 200)
  assert.equal(answers.map(({ status }) => status).sort(), [200, ...Array(19).fill(401)])
  assertRefused(await refresh(tokensOf(winners[0]!).refresh_token), 401, 'unauthorized_error')
})

test('the family is revoked as well while its newest token is being rotated', async () => {
  const username = await newUser()
  for (let turn = 0; turn < 10; turn += 1) {
    const first = await signIn(username)
    let newest = tokensOf(await refresh(first.refresh_token)).refresh_token
    const [rotated] = await Promise.all([refresh(newest), refresh(first.refresh_token)])
    if (rotated.status === 200) newest = tokensOf(rotated).refresh_token
    assertRefused(await refresh(newest), 401, 'unauthorized_error')
  }
})

test('only the hash of a refresh token is stored', async () => {
  const { refresh_token } = await signIn(await newUser())
  const { rows } = await server.database.pool.query('SELECT token_hash FROM refresh_tokens')
  assert.ok(rows.every(({ token_hash }) => token_hash.length === 32))
  const texts = rows.flatMap(({ token_hash }) => [
    token_hash.toString('base64url'),
    token_hash.toString('latin1'),
  ])
  assert.not.ok(texts.includes(refresh_token))
})

test('logout revokes the family, again and again; tokens nobody knows are nobody’s', async () => {
  const first = await signIn(await newUser())
  const second = tokensOf(await refresh(first.refresh_token))
  const logout = (refresh_token: string) => server.post('/api/auth/logout', { refresh_token })
  for (let turn = 0; turn < 2; turn += 1) assert.is((await logout(first.refresh_token)).status, 200)
  assertRefused(await refresh(second.refresh_token), 401, 'unauthorized_error')
  for (const unknown of ['x', 'x'.repeat(43), '\ud83d\ude00']) {
    assert.is((await logout(unknown)).status, 200)
    assertRefused(await refresh(unknown), 401, 'unauthorized_error')
  }
  for (const body of [{}, { refresh_token: 5 }, { refresh_token: '' }])
    assertRefused(await server.post('/api/auth/refresh', body), 400, 'validation_error')
})

test('a new password ends every sign-in and the old password; a new role comes with the next refresh', async () => {
  const username = await newUser()
  const [one, two] = [await signIn(username), await signIn(username)]
  const { users, close } = openUsers(server.database.url)
  try {
    await users.setRole(username, 'admin')
    const promoted = tokensOf(await refresh(one.refresh_token))
    assert.is((jwt.decode(promoted.access_token) as { role: string }).role, 'admin')
    await users.setPassword(username, 'another password')
    for (const token of [promoted.refresh_token, two.refresh_token])
      assertRefused(await refresh(token), 401, 'unauthorized_error')
    assertRefused(await login(username), 401, 'unauthorized_error')
    assert.is((await login(username, 'another password')).status, 200)
  } finally {
    await close()
  }
})

test('a login that began before the password was changed does not outlive it', async () => {
  const username = await newUser()
  const models = openModels(server.database.url, { max: 2, timeoutMs: 5000 })
  const { users, close } = openUsers(server.database.url)
  // The comparison has been passed with the old password; the change comes before the token is stored.
  const compare = async () => {
    await users.setPassword(username, 'another password')
    return true
  }
  const [passwords, tokens] = [createPasswords({ compare }), createTokens({ secret: testSecret })]
  const sessions = createSessions({ models, passwords, tokens, accessTokenMs: 1000, refreshTokenMs: 1000 })
  try {
    assert.is(await sessions.login(username, password), null)
  } finally {
    await models.close()
    await close()
  }
})

test('expired tokens: refused, and purged in bounded batches, while the living stay', async () => {
  const { pool, url } = server.database
  const { refresh_token } = await signIn(await newUser())
  const living = await signIn(await newUser())
  const hash = `sha256(convert_to($1::text, 'UTF8'))`
  await pool.query(`UPDATE refresh_tokens SET expires_at = now() WHERE token_hash = ${hash}`, [refresh_token])
  assertRefused(await refresh(refresh_token), 401, 'unauthorized_error')
  await pool.query(
    `INSERT INTO refresh_tokens (user_id, family, token_hash, expires_at)
     SELECT min(id), gen_random_uuid(), sha256(n::text::bytea), now() - interval '1 day'
     FROM users, generate_series(1, 25) AS n GROUP BY n`,
  )
  const models = openModels(url, { max: 1, timeoutMs: 5000 })
  const [passwords, tokens] = [createPasswords(), createTokens({ secret: testSecret })]
  const sessions = createSessions({ models, passwords, tokens, accessTokenMs: 1000, refreshTokenMs: 1000 })
  try {
    assert.equal(
      [await sessions.purgeExpired(10), await sessions.purgeExpired(10), await sessions.purgeExpired(10)],
      [10, 10, 6],
    )
    assert.is(await sessions.purgeExpired(), 0)
  } finally {
    await models.close()
  }
  assert.is((await refresh(living.refresh_token)).status, 200)
})

test('access tokens expire as configured', async () => {
  const own = await startTestServer({ auth: 'token', accessTokenMs: 1000, users: 1 })
  try {
    const body = { username: 'alice', password, full_name: 'A' }
    assert.is((await own.post('/api/users/register', body)).status, 201)
    const signedIn = await own.post('/api/auth/login', body)
    const { access_token, expires_in } = signedIn.body.data as Tokens & { expires_in: number }
    assert.is(expires_in, 1)
    assert.is((await own.get('/api/users/me', bearer(access_token))).status, 200)
    const { exp = 0 } = jwt.decode(access_token) as { exp?: number }
    await pause(exp * 1000 - Date.now() + 5)
    assertRefused(await own.get('/api/users/me', bearer(access_token)), 401, 'unauthorized_error')
  } finally {
    await own.close()
  }
})

const rate = (points: number) => ({ points, durationMs: 60_000 })

test('logins over the limit of a name, or of an address, are 429 with Retry-After', async () => {
  const own = await startTestServer({
    auth: 'token',
    trustProxy: 1,
    rateLimit: {
      login: { byName: rate(2), byAddress: rate(4) },
      register: { byName: null, byAddress: rate(1) },
    },
  })
  const loginFrom = (address: string, username: string) =>
    own.post('/api/auth/login', { username, password }, { 'x-forwarded-for': `6.6.6.6, ${address}` })
  try {
    for (const address of ['10.0.0.1', '10.0.0.2'])
      assertRefused(await loginFrom(address, 'alice'), 401, 'unauthorized_error')
    const limited = await loginFrom('10.0.0.3', 'alice')
    assertRefused(limited, 429, 'rate_limit_error')
    const seconds = Number(limited.headers['retry-after'])
    assert.ok(seconds >= 1 && seconds <= 60)
    for (const name of ['a', 'b', 'c', 'd']) assert.is((await loginFrom('10.0.1.1', name)).status, 401)
    assertRefused(await loginFrom('10.0.1.1', 'e'), 429, 'rate_limit_error')
    assert.is((await loginFrom('10.0.1.2', 'e')).status, 401, 'another address')
    const body = { username: 'bob', password, full_name: 'B' }
    assert.is((await own.post('/api/users/register', body)).status, 201)
    assertRefused(
      await own.post('/api/users/register', { ...body, username: 'eve' }),
      429,
      'rate_limit_error',
    )
  } finally {
    await own.close()
  }
})

test('without trust_proxy X-Forwarded-For is nobody’s address', async () => {
  const own = await startTestServer({
    auth: 'token',
    rateLimit: { login: { byName: null, byAddress: rate(1) } },
  })
  const loginFrom = (address: string) =>
    own.post('/api/auth/login', { username: 'x', password }, { 'x-forwarded-for': address })
  try {
    assert.is((await loginFrom('10.0.0.1')).status, 401)
    assert.is((await loginFrom('10.0.0.2')).status, 429)
  } finally {
    await own.close()
  }
})

test('claims over the limit of a user are 429, and nothing was claimed; other users go on', async () => {
  const coupons = ['A', 'B', 'C'].map((name) => ({ name, amount: 5 }))
  const own = await startTestServer({
    auth: 'token',
    users: 2,
    coupons,
    rateLimit: { claim: { byUser: rate(2) } },
  })
  const claim = (user: string, coupon_name: string) =>
    own.post('/api/coupons/claim', { coupon_name }, own.as(user))
  try {
    for (const name of ['A', 'B']) assert.is((await claim('user_0', name)).status, 200)
    assertRefused(await claim('user_0', 'C'), 429, 'rate_limit_error')
    assert.is((await claim('user_1', 'C')).status, 200)
    assert.equal((await storedClaims(own.database.pool, 'C')).users, ['user_1'])
  } finally {
    await own.close()
  }
})

test('problem details tell how long to wait', async () => {
  const own = await startTestServer({
    auth: 'token',
    rateLimit: { login: { byName: rate(1), byAddress: null } },
  })
  const headers = { accept: 'application/problem+json' }
  const once = () => own.post('/api/auth/login', { username: 'x', password }, headers)
  try {
    const [wrong, limited] = [await once(), await once()]
    assert.is(wrong.body.type, '/problems/invalid_credentials')
    assert.is(limited.body.type, '/problems/too_many_requests')
    assert.is(limited.body.retry_after, Number(limited.headers['retry-after']))
  } finally {
    await own.close()
  }
})

test('open mode: everybody does everything, and a token says who one is', async () => {
  const own = await startTestServer({ users: 2, coupons: [{ name: 'PROMO', amount: 5 }] })
  try {
    const claim = { coupon_name: 'PROMO' }
    assert.is((await own.post('/api/coupons/claim', claim)).status, 400)
    assert.is((await own.post('/api/coupons/claim', claim, own.as('user_0'))).status, 200)
    const garbage = { authorization: 'Bearer garbage' }
    assert.is((await own.post('/api/coupons/claim', { ...claim, user_id: 'user_1' }, garbage)).status, 200)
    assert.is((await own.get('/api/users/me')).status, 401)
    assert.is((await own.get('/api/users/me', bearer(tokenOf('user_0')))).status, 200)
    const body = { username: 'alice', password, full_name: 'A' }
    assert.is((await own.post('/api/users/register', body)).status, 201)
    assert.is((await own.post('/api/auth/login', body)).status, 200)
    assert.is((await own.post('/api/users/register')).status, 200)
  } finally {
    await own.close()
  }
})

test('other methods are 405 with Allow', async () => {
  for (const path of ['/api/auth/login', '/api/auth/refresh', '/api/auth/logout', '/api/users/register']) {
    const answer = await server.get(path)
    assert.equal([answer.status, answer.headers.allow], [405, 'POST'])
  }
  const answer = await server.send('DELETE', '/api/users/me')
  assert.equal([answer.status, answer.headers.allow], [405, 'GET'])
})

test.run()
