import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createCouponApi } from '../../cli/commands/targets/api.ts'
import type { AppError } from '../../server/index.ts'
import { reply } from './claim-server.ts'

const test = suite<{
  server: Server
  url: string
  answers: Record<string, [number, object]>
  authorization?: string | undefined
}>('stress: api')

test.before.each(async (context) => {
  context.answers = {}
  context.server = createServer((request, response) => {
    context.authorization = request.headers.authorization
    const [status, content] = context.answers[`${request.method} ${request.url}`] ?? [
      404,
      { kind: 'data_not_found_error' },
    ]
    reply(response, status, content)
  })
  await new Promise<void>((resolve) => context.server.listen(0, '127.0.0.1', resolve))
  context.url = `http://127.0.0.1:${(context.server.address() as AddressInfo).port}`
})

test.after.each(({ server }) => {
  server.closeAllConnections()
  server.close()
})

function open(url: string, authorization: string | null = null) {
  return createCouponApi({ url, apiPrefix: '/api', authorization, signal: new AbortController().signal })
}

async function failureOf(work: Promise<unknown>): Promise<AppError> {
  return work.then(
    () => assert.unreachable() as never,
    (error: AppError) => error,
  )
}

test('this API is recognised by its health check, anything else refused in one line', async ({
  url,
  answers,
}) => {
  answers['GET /healthcheck'] = [200, { data: 'Service is Running.' }]
  await open(url).recognise()
  answers['GET /healthcheck'] = [200, { data: 'something else' }]
  const other = await failureOf(open(url).recognise())
  assert.is(other.code, 'invalid')
  assert.match(other.message, `${url} is not a coupon API`)
})

test('a server that is not there is unreachable', async ({ url, server }) => {
  server.close()
  const error = await failureOf(open(url).recognise())
  assert.is(error.code, 'unreachable')
  assert.match(error.message, 'ECONNREFUSED')
})

test('the strategy is read from /readyz, and null where there is none', async ({ url, answers }) => {
  assert.is(await open(url).readStrategy(), null)
  answers['GET /readyz'] = [200, { data: { database: 'up', schema: 'current', strategy: 'batch' } }]
  assert.is(await open(url).readStrategy(), 'batch')
})

test('a coupon is a ledger, null when there is none, and an error when it is neither', async ({
  url,
  answers,
}) => {
  const route = 'GET /api/coupons/SALE'
  assert.is(await open(url).findCoupon('SALE'), null)
  answers[route] = [200, { data: { name: 'SALE', amount: 5, remaining_amount: 4, claimed_by: ['user_1'] } }]
  assert.equal(await open(url).findCoupon('SALE'), {
    name: 'SALE',
    amount: 5,
    remaining_amount: 4,
    claimants: ['user_1'],
  })
  answers[route] = [200, { data: { name: 'SALE', amount: 5, remaining_amount: 5, claimed_by: null } }]
  assert.equal((await open(url).findCoupon('SALE'))?.claimants, [])
  answers[route] = [200, { data: { name: 'SALE', amount: '5' } }]
  assert.is((await failureOf(open(url).findCoupon('SALE'))).code, 'invalid')
})

test('whether a server asks for a token is seen from its list; another fault is told', async (context) => {
  const { url, answers } = context
  const route = 'GET /api/coupons?per_page=1'
  answers[route] = [200, { data: {} }]
  assert.is(await open(url).isAccepted(), true)
  assert.is(context.authorization, undefined)
  answers[route] = [401, { kind: 'unauthorized_error' }]
  assert.is(await open(url, 'Bearer x').isAccepted(), false)
  assert.is(context.authorization, 'Bearer x')
  answers[route] = [500, { message: 'It broke.' }]
  assert.match((await failureOf(open(url).isAccepted())).message, 'was answered 500: It broke.')
})

test('a login gives the token, or says in one line why not', async ({ url, answers }) => {
  const route = 'POST /api/auth/login'
  answers[route] = [200, { data: { access_token: 'abc' } }]
  assert.is(await open(url).login('alice', 'hunter2'), 'abc')
  for (const [status, code] of [
    [401, 'invalid'],
    [429, 'unreachable'],
    [503, 'unreachable'],
    [400, 'invalid'],
  ] as const) {
    answers[route] = [status, { message: 'No.' }]
    const error = await failureOf(open(url).login('alice', 'hunter2'))
    assert.is(error.code, code)
    assert.not.match(error.message, 'hunter2')
  }
})

test('a role is read from /users/me, null where there is no such user', async ({ url, answers }) => {
  assert.is(await open(url).readRole(), null)
  answers['GET /api/users/me'] = [200, { data: { role: 'admin' } }]
  assert.is(await open(url).readRole(), 'admin')
  answers['GET /api/users/me'] = [401, { message: 'No.' }]
  assert.is((await failureOf(open(url).readRole())).code, 'invalid')
})

test('a refusal is told in the server’s words', async ({ url, answers }) => {
  answers['POST /api/coupons'] = [400, { kind: 'business_validation_error', message: 'Create Failed.' }]
  assert.match(
    (await failureOf(open(url).createCoupon('SALE', 5))).message,
    'was answered 400: Create Failed.',
  )
  answers['POST /api/coupons'] = [201, {}]
  await open(url).createCoupon('SALE', 5)
})

test('a server’s words are one line that no terminal obeys', async ({ url, answers }) => {
  const evil = 'no\u001b]0;owned\u0007\u009b2J\r\nerror: \u202egone'
  answers['POST /api/coupons'] = [400, { message: evil }]
  const { message } = await failureOf(open(url).createCoupon('PROMO', 3))
  assert.match(message, /400: no ]0;owned 2J error: gone$/)
  for (const strategy of [evil, '=1+1', '@x', '-1', 'a,b', '']) {
    answers['GET /readyz'] = [200, { data: { strategy } }]
    assert.is(await open(url).readStrategy(), null, strategy)
  }
})

test('of more claims than the coupon itself tells, all live ones are read, page by page', async ({
  url,
  answers,
}) => {
  const coupon = { name: 'BIG', amount: 9, remaining_amount: 6, claimed_by: ['user_0'], claimed_count: 3 }
  const claims = (...states: string[]) => states.map((state, n) => ({ user_id: `user_${n}`, state }))
  answers['GET /api/coupons/BIG'] = [200, { data: coupon }]
  answers['GET /api/coupons/BIG/claims?limit=1000&cursor='] = [
    200,
    { data: { data: claims('confirmed', 'released', 'held'), meta: { next_cursor: 'a=b' } } },
  ]
  answers['GET /api/coupons/BIG/claims?limit=1000&cursor=a%3Db'] = [
    200,
    { data: { data: claims('expired', 'confirmed'), meta: { next_cursor: null } } },
  ]
  assert.equal((await open(url).findCoupon('BIG'))?.claimants, ['user_0', 'user_2', 'user_1'])
  answers['GET /api/coupons/BIG/claims?limit=1000&cursor=a%3Db'] = [
    403,
    { message: 'This needs the role admin.' },
  ]
  assert.match(
    (await failureOf(open(url).findCoupon('BIG'))).message,
    'answered 403: This needs the role admin.',
  )
})

test('pages that do not fit the count are read again: what a client left behind was carried out meanwhile', async ({
  url,
  answers,
  server,
}) => {
  const coupon = { name: 'BIG', amount: 9, claimed_by: ['user_0'] }
  const page = (...users: string[]) => ({
    data: { data: users.map((user_id) => ({ user_id, state: 'confirmed' })), meta: { next_cursor: null } },
  })
  let looks = 0
  answers['GET /api/coupons/BIG'] = [200, { data: { ...coupon, remaining_amount: 7, claimed_count: 2 } }]
  answers['GET /api/coupons/BIG/claims?limit=1000&cursor='] = [200, page('user_0', 'user_1')]
  server.on('request', ({ url: path = '' }) => {
    if (!path.includes('claims') || ++looks > 1) return
    answers['GET /api/coupons/BIG'] = [200, { data: { ...coupon, remaining_amount: 6, claimed_count: 3 } }]
    setImmediate(() => {
      answers['GET /api/coupons/BIG/claims?limit=1000&cursor='] = [200, page('user_0', 'user_1', 'user_2')]
    })
  })
  const ledger = await open(url).findCoupon('BIG')
  assert.is(looks, 2)
  assert.is(ledger?.remaining_amount, 6)
  assert.equal(ledger?.claimants, ['user_0', 'user_1', 'user_2'])
})

test('a route is there when it refuses another method', async ({ url, answers }) => {
  assert.is(await open(url).hasRoute('release'), false)
  answers['PUT /api/claims/1'] = [405, {}]
  answers['PUT /api/coupons/NONE/eligibility'] = [405, {}]
  assert.is(await open(url).hasRoute('release'), true)
  assert.is(await open(url).hasRoute('eligibility'), true)
})

test('whether a user exists is asked with a coupon; another answer says nothing', async ({
  url,
  answers,
}) => {
  const route = 'GET /api/coupons/SALE/eligibility?user_id=user_9'
  assert.is(await open(url).isUserKnown('user_9', 'SALE'), false)
  answers[route] = [200, { data: { eligible: true, reasons: [] } }]
  assert.is(await open(url).isUserKnown('user_9', 'SALE'), true)
  answers[route] = [404, { message: 'no such route' }]
  assert.is(await open(url).isUserKnown('user_9', 'SALE'), null)
})

test('a coupon is deleted, or the refusal told', async ({ url, answers }) => {
  answers['DELETE /api/coupons/SALE'] = [200, {}]
  await open(url).deleteCoupon('SALE')
  answers['DELETE /api/coupons/SALE'] = [405, { message: 'DELETE Method not allowed' }]
  assert.match((await failureOf(open(url).deleteCoupon('SALE'))).message, 'answered 405: DELETE Method')
})

test.run()
