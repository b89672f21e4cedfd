/** W3C Trace Context: what is taken over, what begins anew, and how a request is followed to the database and back. */
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { newSpanId, newTraceId, readTraceparent, readTracestate } from '../../server/http/trace-context.ts'
import { holdCoupon, untilBlocked } from '../support/claim-bench.ts'
import { createLogReader, type LogReader } from '../support/log-reader.ts'
import { startTestServer, type TestServer } from '../support/server.ts'
import { until } from '../support/until.ts'

const test = suite('http: traces')
const traceId = '4bf92f3577b34da6a3ce929d0e0e4736'
const parentId = '00f067aa0ba902b7'
const valid = `00-${traceId}-${parentId}-01`
let server: TestServer
let log: LogReader

test.before(async () => {
  log = createLogReader()
  server = await startTestServer({
    users: 40,
    coupons: [
      { name: 'PROMO', amount: 1000 },
      { name: 'SLOW', amount: 1000 },
    ],
    log: log.log,
    slowStatementMs: 200,
  })
})

test.after(() => server.close())

const claim = (user: string, coupon: string, headers: Record<string, string> = {}) =>
  server.post('/api/coupons/claim', { user_id: user, coupon_name: coupon }, headers)

const lineOf = (correlationId: string, msg: string) =>
  log.waitFor(
    ({ msg: each, correlation_id: id, correlation_ids: ids }) =>
      each === msg &&
      (id === correlationId || (ids as string[] | undefined)?.includes(correlationId) === true),
  )

test('a traceparent of any version is read by the Recommendation', () => {
  const parent = { traceId, parentId, isSampled: true }
  assert.equal(readTraceparent(valid), parent)
  assert.equal(readTraceparent(`00-${traceId}-${parentId}-00`), { ...parent, isSampled: false })
  assert.equal(readTraceparent(`00-${traceId}-${parentId}-03`), parent, 'other flags are not ours')
  assert.equal(readTraceparent(`00-${traceId}-${parentId}-fe`), { ...parent, isSampled: false })
  assert.equal(readTraceparent(`01-${traceId}-${parentId}-01`), parent, 'a version to come')
  assert.equal(readTraceparent(`cc-${traceId}-${parentId}-01-what-it-adds`), parent)
})

const invalid: Readonly<Record<string, unknown>> = {
  'no header': undefined,
  'an empty one': '',
  'version ff': `ff-${traceId}-${parentId}-01`,
  'version ff with more': `ff-${traceId}-${parentId}-01-more`,
  'a version of one digit': `0-${traceId}-${parentId}-01`,
  'a version that is no number': `0x-${traceId}-${parentId}-01`,
  'a trace-id of zeros': `00-${'0'.repeat(32)}-${parentId}-01`,
  'a parent-id of zeros': `00-${traceId}-${'0'.repeat(16)}-01`,
  'a trace-id in capitals': `00-${traceId.toUpperCase()}-${parentId}-01`,
  'a parent-id in capitals': `00-${traceId}-${parentId.toUpperCase()}-01`,
  'flags in capitals': `00-${traceId}-${parentId}-0A`,
  'a trace-id too short': `00-${traceId.slice(1)}-${parentId}-01`,
  'a trace-id too long': `00-${traceId}0-${parentId}-01`,
  'a parent-id too short': `00-${traceId}-${parentId.slice(1)}-01`,
  'a parent-id too long': `00-${traceId}-${parentId}0-01`,
  'flags of one digit': `00-${traceId}-${parentId}-1`,
  'flags of three digits': `00-${traceId}-${parentId}-001`,
  'no flags': `00-${traceId}-${parentId}`,
  'version 00 with more': `00-${traceId}-${parentId}-01-more`,
  'version 00 with a hyphen behind': `00-${traceId}-${parentId}-01-`,
  'a version to come whose more has no hyphen': `01-${traceId}-${parentId}-01.more`,
  'other separators': valid.replaceAll('-', '_'),
  'no hexadecimal digits': `00-${'g'.repeat(32)}-${parentId}-01`,
  'spaces within': `00 -${traceId}-${parentId}-01`,
  'several headers, as Node joins them': `${valid}, ${valid}`,
  'several headers of a version to come': `01-${traceId}-${parentId}-01-x, 01-${traceId}-${parentId}-01`,
  'a line end': `${valid}\n`,
  'a list': [valid],
}
for (const [what, text] of Object.entries(invalid)) {
  test(`it is not taken over: ${what}`, () => assert.is(readTraceparent(text), null))
}

test('ids that are made are valid, and others each time', () => {
  const made = Array.from({ length: 1000 }, () => `00-${newTraceId()}-${newSpanId()}-00`)
  assert.is(new Set(made).size, 1000)
  for (const each of made) assert.ok(readTraceparent(each) !== null, each)
})

test('a tracestate is passed on up to 512 characters', () => {
  assert.is(readTracestate('a=1,b=2'), 'a=1,b=2')
  assert.is(readTracestate('x'.repeat(512)), 'x'.repeat(512))
  for (const wrong of ['', 'x'.repeat(513), 'a=\u00e9', 'a=1\r\nb', undefined, ['a=1']])
    assert.is(readTracestate(wrong), null)
})

test('a valid traceparent: the answer has its trace, its flag and a span of our own, on every route', async () => {
  const asks = [
    () => claim('user_0', 'PROMO', { traceparent: valid }),
    () => server.get('/livez', { traceparent: valid }),
    () => server.get('/api/coupons/NONE', { traceparent: valid }),
    () => server.get('/nowhere', { traceparent: valid }),
  ]
  const spans = new Set<string>()
  for (const ask of asks) {
    const { headers } = await ask()
    const told = readTraceparent(headers.traceresponse)
    assert.is(told?.traceId, traceId)
    assert.is(told?.isSampled, true)
    assert.is.not(told?.parentId, parentId)
    spans.add(String(told?.parentId))
    assert.is(headers.traceparent, undefined)
  }
  assert.is(spans.size, asks.length)
})

test('an invalid one: a new trace, which the answer tells; none at all: no such header', async () => {
  for (const text of [`ff-${traceId}-${parentId}-01`, valid.toUpperCase(), 'x', `${valid}, ${valid}`]) {
    const { status, headers } = await server.get('/livez', { traceparent: text })
    assert.is(status, 200)
    const told = readTraceparent(headers.traceresponse)
    assert.ok(told !== null && told.traceId !== traceId && !told.isSampled, String(headers.traceresponse))
  }
  assert.is((await server.get('/livez')).headers.traceresponse, undefined)
  assert.is((await server.get('/livez', { tracestate: 'a=1' })).headers.traceresponse, undefined)
})

test('two headers on the wire are no traceparent', async () => {
  const { status, headers } = await server.get('/livez', { traceparent: [valid, valid] as unknown as string })
  assert.is(status, 200)
  assert.is.not(readTraceparent(headers.traceresponse)?.traceId, traceId)
})

test('the line of a request: its ids, whose part it is, and the batch that decided it', async () => {
  const id = `c-${randomUUID()}`
  const { headers } = await claim('user_1', 'PROMO', { traceparent: valid, 'correlation-id': id })
  const line = await lineOf(id, 'request')
  assert.is(line.trace_id, traceId)
  assert.is(line.parent_id, parentId)
  assert.is(headers.traceresponse, `00-${line.trace_id}-${line.span_id}-01`)
  const batch = await lineOf(id, 'batch')
  assert.is(line.batch_id, batch.batch_id)
  assert.equal(batch.correlation_ids, [id])
  assert.equal([batch.queue, batch.coupons, batch.coupon_count], ['claims', ['PROMO'], 1])
  assert.equal([batch.size, batch.attempts, batch.outcomes], [1, 1, { claimed: 1 }])
  assert.type(batch.duration_ms, 'number')
})

test('without a traceparent a trace begins; without any id it is named as the Correlation-ID', async () => {
  const { headers } = await claim('user_2', 'PROMO')
  const id = String(headers['correlation-id'])
  const line = await lineOf(id, 'request')
  assert.is(line.trace_id, id.replaceAll('-', ''))
  assert.is(line.parent_id, undefined)
  const own = `c-${randomUUID()}`
  await claim('user_3', 'PROMO', { 'correlation-id': own })
  const other = await lineOf(own, 'request')
  assert.ok(readTraceparent(`00-${other.trace_id}-${other.span_id}-00`) !== null)
})

test('a batch of many names the first ten, and how many they are; each request names the batch', async () => {
  const session = await holdCoupon(server.database.url, 'SLOW')
  const first = claim('user_4', 'SLOW')
  await untilBlocked(server.database)
  const ids = Array.from({ length: 15 }, (_, n) => `many-${n}-${randomUUID()}`)
  const rest = ids.map((id, n) => claim(`user_${n + 5}`, 'SLOW', { 'correlation-id': id }))
  // Behind the one in flight they wait together.
  await until('all wait', async () => {
    const { text } = await server.get('/metrics')
    return /coupon_bounded_entries\{what="claims_waiting"\} 15/.test(text)
  })
  await session.release()
  await Promise.all([first, ...rest])
  const lines = await Promise.all(ids.map((id) => lineOf(id, 'request')))
  const [batchId, ...others] = new Set(lines.map((line) => line.batch_id))
  assert.equal(others, [])
  const batch = await log.waitFor((line) => line.batch_id === batchId && 'outcomes' in line)
  assert.equal([batch.size, batch.outcomes], [15, { claimed: 15 }])
  assert.is((batch.correlation_ids as string[]).length, 10)
})

test('a change’s batch is told in the same way', async () => {
  const id = `release-${randomUUID()}`
  const { body } = await claim('user_30', 'PROMO', { 'idempotency-key': randomUUID() })
  const claimId = (body.data as { claim_id: string }).claim_id
  const headers = { 'correlation-id': id, ...server.as('admin', 'admin') }
  assert.is((await server.send('DELETE', `/api/claims/${claimId}`, undefined, headers)).status, 200)
  const batch = await lineOf(id, 'batch')
  assert.equal([batch.queue, batch.change, batch.outcomes], ['changes', 'release', { released: 1 }])
})

test('a slow statement: who waits is seen in the database, and in the log with its ids', async () => {
  const id = `slow-${randomUUID()}`
  const session = await holdCoupon(server.database.url, 'SLOW')
  const answer = claim('user_31', 'SLOW', { 'correlation-id': id, traceparent: valid })
  const [pid] = await untilBlocked(server.database)
  const { rows } = await server.database.pool.query<{ application_name: string; query: string }>(
    'SELECT application_name, query FROM pg_stat_activity WHERE pid = $1::integer',
    [pid],
  )
  assert.is(rows[0]?.application_name, `coupon claims ${process.pid}`)
  assert.match(rows[0]!.query, "/*action='claim_batch',application='coupon'*/")
  await until('it was slow', async () => {
    const { rows: found } = await server.database.pool.query(
      `SELECT FROM pg_stat_activity WHERE pid = $1::integer AND clock_timestamp() - query_start > interval '250 milliseconds'`,
      [pid],
    )
    return found.length === 1
  })
  await session.release()
  assert.is((await answer).status, 200)
  const statement = await lineOf(id, 'slow statement')
  assert.is(statement.level, 40)
  assert.equal([statement.connection, statement.statement, statement.size], ['claims', 'claim_batch', 1])
  assert.ok((statement.duration_ms as number) >= 200)
  const batch = await lineOf(id, 'slow batch')
  assert.is(batch.level, 40)
  assert.is(statement.batch_id, batch.batch_id)
  assert.is((await lineOf(id, 'request')).batch_id, batch.batch_id)
  const { text } = await server.get('/metrics')
  assert.match(text, /^coupon_slow_statements_total [1-9]/m)
})

test('a batch that is sent again says in its statement on whose behalf, and no id can end the comment', async () => {
  const id = `*/ ; DROP TABLE users; -- /* '\\ ${randomUUID()}`
  const session = await holdCoupon(server.database.url, 'SLOW')
  const headers = { 'correlation-id': id, traceparent: valid, tracestate: "a='*/" }
  const answer = claim('user_32', 'SLOW', headers)
  const [first] = await untilBlocked(server.database)
  await server.database.pool.query('SELECT pg_terminate_backend($1::integer, 5000)', [first])
  const [second] = await untilBlocked(server.database)
  const { rows } = await server.database.pool.query<{ query: string }>(
    'SELECT query FROM pg_stat_activity WHERE pid = $1::integer',
    [second],
  )
  await session.release()
  assert.is((await answer).status, 200)
  const [, comment = ''] = /\/\*(.*)\*\/$/.exec(rows[0]!.query) ?? []
  assert.not.match(comment, /\*|;|\s/)
  const tags = Object.fromEntries(
    comment.split(',').map((pair) => {
      const [, key = '', value = ''] = /^(\w+)='([^']*)'$/.exec(pair) ?? []
      return [key, decodeURIComponent(value)]
    }),
  )
  const line = await lineOf(id, 'request')
  assert.equal(tags, {
    action: 'claim_batch',
    application: 'coupon',
    batch: line.batch_id,
    correlation_id: id,
    traceparent: `00-${traceId}-${line.span_id}-01`,
    tracestate: "a='*/",
  })
  const batch = await log.waitFor((each) => each.batch_id === line.batch_id && 'outcomes' in each)
  assert.is(batch.attempts, 2)
})

test('each kind of connection says what it is for, and which process holds it', async () => {
  await server.get('/readyz')
  await server.get('/api/coupons')
  const { rows } = await server.database.pool.query<{ name: string }>(
    `SELECT DISTINCT application_name AS name FROM pg_stat_activity
     WHERE datname = current_database() AND application_name LIKE 'coupon %' ORDER BY 1`,
  )
  assert.equal(
    rows.map(({ name }) => name),
    ['claims', 'listener', 'models', 'probe'].map((each) => `coupon ${each} ${process.pid}`),
  )
})

test('what the models ask has a comment as well', async () => {
  await server.get('/api/coupons')
  const { rows } = await server.database.pool.query<{ query: string }>(
    // A session that has only just been opened shows what its driver has set.
    `SELECT query FROM pg_stat_activity
     WHERE datname = current_database() AND application_name LIKE 'coupon models%' AND query LIKE '%"coupons"%'`,
  )
  assert.ok(rows.length > 0)
  for (const { query } of rows) assert.match(query, "/*application='coupon'*/")
})

test('docs/logs.md lists every line that a server writes, with its level', () => {
  const page = readFileSync(new URL('../../docs/logs.md', import.meta.url), 'utf8')
  const folder = fileURLToPath(new URL('../../server', import.meta.url))
  const written = readdirSync(folder, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && name !== 'log-lines.ts')
    .map((name) => readFileSync(join(folder, name), 'utf8'))
    .flatMap((text) => [...text.matchAll(/\blog\.(debug|info|warn|error)\([^']*'([^']+)'/g)])
    .map(([, level, words]) => `| \`${words}\` | ${level} |`)
  assert.ok(written.length >= 9)
  assert.equal(
    written.filter((row) => !page.includes(row)),
    [],
  )
})

test.run()
