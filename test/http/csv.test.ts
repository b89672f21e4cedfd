/** Lists of usernames in, claims out: as CSV and in pages, large ones at flat memory. */
import { once } from 'node:events'
import { request as httpRequest } from 'node:http'
import { connect } from 'node:net'
import { parse } from 'csv-parse/sync'
import express from 'express'
import type { Pool } from 'pg'
import { Client } from 'undici'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import type { ClaimRecords } from '../../server/claims/life.ts'
import { couponClaimsRoute } from '../../server/http/coupon-claims.ts'
import { addCoupon } from '../support/database.ts'
import { type Answer, startTestServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const test = suite('http: CSV and pages of claims')
let server: TestServer

test.before(async () => {
  server = await startTestServer({ users: 10, coupons: [{ name: 'CLUB', amount: 100 }] })
})

test.after(() => server.close())

const csv = { 'content-type': 'text/csv' }
const upload = (body: string | Buffer, headers: Record<string, string> = csv, name = 'CLUB') =>
  server.send('PUT', `/api/coupons/${name}/audience`, body, headers)

async function members(name = 'CLUB'): Promise<string[]> {
  const { rows } = await server.database.pool.query<{ username: string }>(
    `SELECT username FROM audience_members m JOIN coupons c USING (audience_id)
     WHERE c.name = $1::text ORDER BY username COLLATE "C"`,
    [name],
  )
  return rows.map(({ username }) => username)
}

const goodLists: Readonly<Record<string, [text: string | Buffer, ...names: string[]]>> = {
  'one column': ['anna\nben\n', 'anna', 'ben'],
  'no line end at the end': ['anna\nben', 'anna', 'ben'],
  'a header': ['username\nanna\n', 'anna'],
  'several columns': ['id,Username,city\n1,anna,Ulm\n2,ben,\n', 'anna', 'ben'],
  'CRLF, a byte order mark and blank lines': [
    '\uFEFFusername\r\n\r\nanna\r\n  \r\nben\r\n\r\n',
    'anna',
    'ben',
  ],
  'quotes, with commas, quotes and line ends in them': ['"a,b"\n"c""d"\n"e\nf"\n', 'a,b', 'c"d', 'e\nf'],
  'the same name again': ['anna\nben\nanna\nanna\n', 'anna', 'ben'],
  'spaces around': [' anna \n\tben\n', 'anna', 'ben'],
  'names of 100 characters beyond ASCII': [`${'😀'.repeat(100)}\nZoë\n`, 'Zoë', '😀'.repeat(100)],
  'names that look like SQL and formulas': [
    `'; DROP TABLE users --\n=1+1\n`,
    `'; DROP TABLE users --`,
    '=1+1',
  ],
  'nobody at all': [''],
}
for (const [what, [text, ...names]] of Object.entries(goodLists)) {
  test(`a list is taken: ${what}`, async () => {
    const answer = await upload(text)
    assert.is(answer.status, 200, answer.text)
    assert.equal(answer.body.data, { kind: 'list', size: names.length })
    assert.equal(await members(), names)
  })
}

const badLists: Readonly<Record<string, [text: string | Buffer, status: number, words: RegExp]>> = {
  'a name of 101 characters': [`anna\n${'x'.repeat(101)}\n`, 400, /line 2/],
  'an empty cell in quotes': ['anna\nben\n""\n', 400, /line 3/],
  'an empty cell among others': ['id,username\n1,anna\n\n2,\n', 400, /line 4/],
  'several columns without a header': ['1,anna\n2,ben\n', 400, /line 1/],
  'a line of more columns': ['anna\nben,carl\n', 400, /line 2/],
  'a quote that is not closed': ['anna\n"ben\ncarl\n', 400, /line \d/],
  'a quote in the middle': ['anna\n"b"en"\n', 400, /line 2/],
  'a quote that is not closed, before much': [`anna\n"${'x\n'.repeat(100_000)}`, 400, /line \d/],
  'a NUL': ['anna\nb\0en\n', 400, /line 2/],
  'no UTF-8': [Buffer.from([0x61, 0x0a, 0xff, 0xfe]), 400, /UTF-8/],
}
for (const [what, [text, status, words]] of Object.entries(badLists)) {
  test(`a list is refused, by its line, and nothing changes: ${what}`, async () => {
    await upload('kept\n')
    const answer = await upload(text)
    assert.is(answer.status, status, answer.text)
    assert.is(answer.body.kind, 'validation_error')
    assert.match(String(answer.body.message), words)
    assert.equal(await members(), ['kept'])
  })
}

test('other types, other coupons, other methods', async () => {
  for (const type of ['application/json', 'text/plain', 'text/csv; charset=latin1', 'text/csvx', '']) {
    assert.is((await upload('anna', type === '' ? {} : { 'content-type': type })).status, 415, type)
  }
  assert.is((await upload('anna', { ...csv, 'content-encoding': 'gzip' })).status, 415)
  for (const type of ['TEXT/CSV; header=present', 'text/csv;charset="UTF-8"']) {
    assert.is((await upload('anna', { 'content-type': type })).status, 200, type)
  }
  assert.is((await upload('anna', csv, 'NOBODY_MADE_IT')).status, 404)
  assert.is((await upload('anna', csv, '%00')).status, 404)
  const { status, headers } = await server.send('POST', '/api/coupons/CLUB/audience')
  assert.equal([status, headers.allow], [405, 'PUT'])
})

test('100,000 names replace 20,000 others, and the coupon can be locked meanwhile', async () => {
  await addCoupon(server.database.pool, 'LARGE', 10)
  const list = (word: string, length: number) => Array.from({ length }, (_, n) => `${word}_${n}`).join('\n')
  assert.equal((await upload(list('old', 20_000), csv, 'LARGE')).body.data, { kind: 'list', size: 20_000 })
  let isDone = false
  const replacing = upload(list('new', 100_000), csv, 'LARGE').finally(() => {
    isDone = true
  })
  let looks = 0
  while (!isDone) {
    const { is_old, is_new } = await lookAtLarge(server.database.pool)
    looks += 1
    assert.ok(is_old !== is_new, 'one list or the other, never both and never none')
  }
  assert.equal((await replacing).body.data, { kind: 'list', size: 100_000 })
  assert.ok(looks > 5, 'the row could be locked again and again')
  const { rows } = await server.database.pool.query(
    `SELECT count(*)::integer AS members, count(*) FILTER (WHERE username LIKE 'new%')::integer AS new
     FROM audience_members WHERE username ~ '^(old|new)_'`,
  )
  assert.equal(rows, [{ members: 100_000, new: 100_000 }])
})

/**
 * As a claim looks: the lock first, then the list in a statement of its own, which begins when the lock is won. One
 * statement for both would wait for the lock and then read the members as they were before it waited.
 */
async function lookAtLarge(pool: Pool): Promise<{ is_old: boolean; is_new: boolean }> {
  const client = await pool.connect()
  try {
    await client.query('BEGIN')
    await client.query(`SELECT FROM coupons WHERE name = 'LARGE' FOR NO KEY UPDATE`)
    const { rows } = await client.query<{ is_old: boolean; is_new: boolean }>(
      `SELECT bool_or(username = 'old_5') AS is_old, bool_or(username = 'new_5') AS is_new
       FROM audience_members JOIN coupons USING (audience_id)
       WHERE name = 'LARGE' AND username IN ('old_5', 'new_5')`,
    )
    return rows[0]!
  } finally {
    await client.query('ROLLBACK')
    client.release()
  }
}

test('who is on both lists is never told to be on neither, by a claim nor by the question', async () => {
  await addCoupon(server.database.pool, 'SWAPPED', 1)
  const swap = (turn: number) => upload(`user_0\nuser_1\nother_${turn}\n`, csv, 'SWAPPED')
  await swap(0)
  let isDone = false
  const swaps = async () => {
    for (let turn = 1; turn <= 30; turn += 1) assert.is((await swap(turn)).status, 200)
    isDone = true
  }
  let [claims, questions] = [0, 0]
  const claiming = async () => {
    for (; !isDone; claims += 1) {
      const wanted = { coupon_name: 'SWAPPED', user_id: 'user_0', hold_seconds: 60 }
      const { status, text, body } = await server.post('/api/coupons/claim', wanted)
      assert.is(status, 200, text)
      const { claim_id } = body.data as { claim_id: string }
      assert.is((await server.send('DELETE', `/api/claims/${claim_id}`)).status, 200)
    }
  }
  const asking = async () => {
    for (; !isDone; questions += 1) {
      const { body } = await server.get('/api/coupons/SWAPPED/eligibility?user_id=user_1')
      const codes = (body.data as { reasons: { code: string }[] }).reasons.map(({ code }) => code)
      assert.not.ok(codes.includes('not_in_audience'), `question ${questions}`)
    }
  }
  try {
    await Promise.all([swaps(), claiming(), asking()])
  } finally {
    isDone = true
  }
  assert.ok(claims > 5 && questions > 5, `${claims} claims, ${questions} questions`)
})

test('over 64 MB is 413, told at once where it is announced', async () => {
  assert.is((await announce(64 * 1024 * 1024 + 1)).status, 413)
})

/** Sends the headers of a large upload and nothing of its body. */
async function announce(length: number): Promise<{ status: number | undefined }> {
  const request = httpRequest(`${server.url}/api/coupons/CLUB/audience`, {
    method: 'PUT',
    headers: { ...csv, 'content-length': length },
  })
  request.on('error', () => {})
  request.flushHeaders()
  const [response] = (await once(request, 'response')) as [import('node:http').IncomingMessage]
  request.destroy()
  return { status: response.statusCode }
}

test('a client that goes away in the middle of its list changes nothing, and leaves nothing behind', async () => {
  await upload('kept\n')
  const { port } = new URL(server.url)
  const socket = connect(Number(port), '127.0.0.1')
  await once(socket, 'connect')
  socket.write(
    `PUT /api/coupons/CLUB/audience HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 9999999\r\n\r\n`,
  )
  socket.write(Array.from({ length: 25_000 }, (_, n) => `gone_${n}`).join('\n'))
  const transactions = async () =>
    (
      await server.database.pool.query(
        `SELECT FROM pg_stat_activity WHERE datname = current_database() AND state = 'idle in transaction'`,
      )
    ).rowCount ?? 0
  await until('the upload is under way', async () => (await transactions()) === 1)
  socket.destroy()
  await until('its transaction is over', async () => (await transactions()) === 0)
  assert.equal(await members(), ['kept'])
  const { rowCount } = await server.database.pool.query(
    `SELECT FROM audience_members WHERE username LIKE 'gone%'`,
  )
  assert.is(rowCount, 0)
  assert.is((await upload('next\n')).status, 200, 'the place is free again')
})

test('of lists two are read at once; one more waits for its turn, and is told 503 when that takes too long', async () => {
  const own = await startTestServer({ timeoutMs: 4_000, coupons: [{ name: 'CLUB', amount: 1 }] })
  const gauge = async (name: string) =>
    Number(new RegExp(`"${name}"} (\\d+)`).exec((await own.get('/metrics')).text)?.[1])
  const untilRunning = (count: number) =>
    until(`${count} lists are read`, async () => (await gauge('uploads_running')) === count)
  const put = () => own.send('PUT', '/api/coupons/CLUB/audience', 'anna\n', csv)
  const begin = async () => {
    const socket = connect(Number(new URL(own.url).port), '127.0.0.1')
    socket.write(
      'PUT /api/coupons/CLUB/audience HTTP/1.1\r\nHost: x\r\nContent-Type: text/csv\r\nContent-Length: 99\r\n\r\nslow_',
    )
    return socket
  }
  const sockets = [await begin(), await begin()]
  try {
    await untilRunning(2)
    const waiting = put()
    await until('it waits', async () => (await gauge('uploads_waiting')) === 1)
    sockets[0]!.destroy()
    assert.is((await waiting).status, 200)
    sockets.push(await begin())
    await untilRunning(2)
    const { status, body } = await put()
    assert.equal([status, body.kind], [503, 'service_unavailable_error'])
  } finally {
    for (const socket of sockets) socket.destroy()
    await own.close()
  }
})

interface Page {
  readonly data: readonly { readonly id: string; readonly user_id: string; readonly state: string }[]
  readonly meta: { readonly next_cursor: string | null; readonly limit: number }
}
const pageOf = (answer: Answer) => answer.body.data as Page

/** A coupon with a claim of each user in turn; every third is released, every third held. */
async function addClaims(name: string, claims: number): Promise<void> {
  const { pool } = server.database
  await addCoupon(pool, name, claims)
  await pool.query(
    `INSERT INTO user_claims (user_id, coupon_id, state, held_until)
     SELECT u.id, c.id, CASE n % 3 WHEN 1 THEN 'held' ELSE 'confirmed' END, CASE n % 3 WHEN 1 THEN now() END
     FROM generate_series(0, $2::integer - 1) AS n JOIN users u ON u.username = 'user_' || n, coupons c
     WHERE c.name = $1::text ORDER BY n`,
    [name, claims],
  )
  await pool.query(
    `UPDATE user_claims SET state = 'released', ended_id = id
     WHERE user_id IN (SELECT id FROM users WHERE username IN ('user_2', 'user_5', 'user_8'))`,
  )
}

test('GET …/claims: pages in the order of the claims, filters by user and state', async () => {
  await addClaims('PAGED', 10)
  const get = (query: string) => server.get(`/api/coupons/paged/claims?${query}`)
  const whole = pageOf(await get(''))
  assert.equal(
    whole.data.map(({ user_id }) => user_id),
    Array.from({ length: 10 }, (_, n) => `user_${n}`),
  )
  assert.equal(whole.meta, { next_cursor: null, limit: 100 })
  assert.equal(Object.keys(whole.data[0]!).sort(), [
    'coupon_name',
    'created_at',
    'held_until',
    'id',
    'state',
    'updated_at',
    'user_id',
  ])
  const seen: string[] = []
  let cursor: string | null = ''
  while (cursor !== null) {
    const page: Page = pageOf(await get(`limit=3&cursor=${cursor}`))
    seen.push(...page.data.map(({ user_id }) => user_id))
    cursor = page.meta.next_cursor
  }
  assert.equal(
    seen,
    whole.data.map(({ user_id }) => user_id),
  )
  assert.is(pageOf(await get('limit=10')).meta.next_cursor, null, 'the last page is known as such')
  const users = async (query: string) => pageOf(await get(query)).data.map(({ user_id }) => user_id)
  assert.equal(await users('state=held'), ['user_1', 'user_4', 'user_7'])
  assert.equal(await users('state=released'), ['user_2', 'user_5', 'user_8'])
  assert.equal(await users('state=expired'), [])
  assert.equal(await users('user=user_4'), ['user_4'])
  assert.equal(await users('user=user_4&state=released'), [])
  assert.equal(await users('user=USER_4'), [], 'exactly this user')
  assert.equal(await users('user=%00'), [])
  assert.is((await server.get('/api/coupons/NOBODY_MADE_IT/claims')).status, 404)
  for (const query of ['limit=0', 'limit=1001', 'limit=x', 'limit=1.5', 'state=live', 'state=HELD']) {
    assert.is((await get(query)).status, 400, query)
  }
})

test('cursors that are not of this list are 400', async () => {
  const get = (name: string, cursor: string) =>
    server.get(`/api/coupons/${name}/claims?limit=2&cursor=${encodeURIComponent(cursor)}`)
  await addCoupon(server.database.pool, 'EMPTY', 1)
  const cursor = String(pageOf(await get('PAGED', '')).meta.next_cursor)
  assert.match(cursor, /^[\w-]+$/)
  assert.is((await get('PAGED', cursor)).status, 200)
  const decoded = Buffer.from(cursor, 'base64url').toString()
  const [id = '', digest = ''] = decoded.split('.')
  const encode = (text: string) => Buffer.from(text).toString('base64url')
  const hostile = [
    cursor.slice(0, -1),
    `${cursor}A`,
    `${cursor}=`,
    ` ${cursor}`,
    encode(`${Number(id) + 1}.${digest}`),
    encode(`${id}.`),
    encode(id),
    encode(`0${id}.${digest}`),
    encode(`-1.${digest}`),
    encode(`99999999999999999999.${digest}`),
    encode(`1 OR 1=1.${digest}`),
    encode('{"id":1}'),
    '1',
    'null',
    '%00',
    '💥',
    'x'.repeat(5000),
  ]
  for (const each of hostile) {
    const { status, body } = await get('PAGED', each)
    assert.equal([status, body.kind], [400, 'validation_error'], each.slice(0, 50))
  }
  assert.is((await get('EMPTY', cursor)).status, 400, 'nor one of another coupon')
})

test('GET …/claims as CSV: everything that fits the filter, as a file, with its formulas disarmed', async () => {
  const { pool } = server.database
  await addClaims('FILED', 9)
  const names = ['=1+1', '+49', '-x', '@SUM(A1)', 'a,"b"\nc', 'Zoë']
  for (const name of names) {
    await pool.query(`INSERT INTO users (username, password, full_name) VALUES ($1::text, 'x', 'x')`, [name])
  }
  await pool.query(
    `INSERT INTO user_claims (user_id, coupon_id) SELECT u.id, c.id FROM users u, coupons c
     WHERE c.name = 'FILED' AND u.username = ANY ($1::text[]) ORDER BY u.id`,
    [names],
  )
  const get = (query: string, accept = 'text/csv') =>
    server.get(`/api/coupons/filed/claims?${query}`, { accept })
  const { status, headers, text } = await get('limit=2')
  assert.is(status, 200)
  assert.match(String(headers['content-type']), 'text/csv; charset=utf-8')
  assert.is(headers['content-disposition'], 'attachment; filename="claims-FILED.csv"')
  assert.ok(text.startsWith('id,user_id,state,created_at,updated_at,held_until\n'))
  const rows = parse(text, { columns: true }) as Record<string, string>[]
  assert.is(rows.length, 9 + names.length)
  assert.match(rows[0]!.created_at!, /^\d{4}-\d{2}-\d{2}T[\d:.]+Z$/)
  assert.equal([rows[0]!.held_until === '', rows[1]!.held_until === ''], [true, false])
  assert.equal(
    rows.slice(9).map(({ user_id }) => user_id),
    ["'=1+1", "'+49", "'-x", "'@SUM(A1)", 'a,"b"\nc', 'Zoë'],
  )
  const lines = async (query: string) => (await get(query)).text.trim().split('\n').length - 1
  assert.is(await lines('state=held'), 3)
  assert.is(await lines('user=user_3'), 1)
  assert.is((await get('state=expired')).text, 'id,user_id,state,created_at,updated_at,held_until\n')
  assert.is((await get('state=x')).status, 400)
  assert.is((await server.get('/api/coupons/NONE/claims', { accept: 'text/csv' })).status, 404)
  for (const accept of [
    '*/*',
    'application/json',
    'application/json, text/csv',
    'text/html',
    'application/problem+json',
  ]) {
    assert.match(String((await get('', accept)).headers['content-type']), 'application/json', accept)
  }
  const head = await server.send('HEAD', '/api/coupons/FILED/claims', undefined, { accept: 'text/csv' })
  assert.equal([head.status, head.text], [200, ''])
})

test('a file’s name is safe whatever the coupon’s is', async () => {
  await addCoupon(server.database.pool, 'A"B\\C/..;Ü', 1)
  const path = `/api/coupons/${encodeURIComponent('A"B\\C/..;Ü')}/claims`
  const { headers } = await server.get(path, { accept: 'text/csv' })
  assert.is(headers['content-disposition'], 'attachment; filename="claims-A_B_C_____.csv"')
})

test('an export of 60,000 claims: whole, in order, with no connection kept between its pages', async () => {
  const { pool } = server.database
  await addCoupon(pool, 'HUGE', 60_000)
  await pool.query(
    `INSERT INTO users (username, password, full_name)
     SELECT 'many_' || n, 'x', 'x' FROM generate_series(1, 60000) AS n ORDER BY n`,
  )
  await pool.query(
    `INSERT INTO user_claims (user_id, coupon_id) SELECT u.id, c.id FROM users u, coupons c
     WHERE c.name = 'HUGE' AND u.username LIKE 'many%' ORDER BY u.id`,
  )
  const client = new Client(server.url)
  try {
    const { body } = await client.request({
      method: 'GET',
      path: '/api/coupons/HUGE/claims',
      headers: { accept: 'text/csv' },
    })
    let rest = ''
    let count = -1
    let last = 0
    for await (const chunk of body.setEncoding('utf8')) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) {
        count += 1
        if (count === 0) continue
        const id = Number(line.split(',')[0])
        if (!(id > last)) assert.unreachable(`${line} after ${last}`)
        last = id
      }
    }
    assert.equal([rest, count], ['', 60_000])
  } finally {
    await client.close()
  }
})

test('an export reads no further than its client does, and stops when it is gone', async () => {
  let pages = 0
  let isClosed = false
  async function* endless(): AsyncGenerator<string> {
    try {
      for (;;) {
        pages += 1
        yield 'x'.repeat(100_000)
      }
    } finally {
      isClosed = true
    }
  }
  const app = express()
  const claimRecords = { csv: endless } as unknown as ClaimRecords
  app.use(couponClaimsRoute({ claimRecords, authenticate: () => ({ username: null, isAdmin: true }) }))
  const listening = app.listen(0, '127.0.0.1')
  await once(listening, 'listening')
  const { port } = listening.address() as { port: number }
  const socket = connect(port, '127.0.0.1')
  socket.pause()
  socket.write('GET /coupons/X/claims HTTP/1.1\r\nHost: x\r\nAccept: text/csv\r\n\r\n')
  // The pages fill what lies between the two, some MB, and then the next is not asked for.
  let before = -1
  await until('it waits for its reader', async () => {
    const isStill = pages > 0 && pages === before
    before = pages
    await new Promise((resolve) => setTimeout(resolve, 50))
    return isStill && pages === before
  })
  assert.ok(pages < 200, `${pages} pages of 100 kB`)
  assert.not.ok(isClosed)
  socket.destroy()
  await until('it stops', () => isClosed)
  listening.close()
})

test('GET /api/users/me/claims needs a name', async () => {
  assert.is((await server.get('/api/users/me/claims')).status, 401)
  assert.is((await server.send('POST', '/api/users/me/claims')).status, 405)
})

test.run()
