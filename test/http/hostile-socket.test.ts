/** What no client library would send: written to the socket as it is. One request goes in, and never two come out. */
import { once } from 'node:events'
import { connect } from 'node:net'
import { text as readText } from 'node:stream/consumers'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { storedClaims } from '../support/claims.ts'
import { assertDescribed } from '../support/openapi/described.ts'
import { startTestServer, type TestServer } from '../support/server.ts'

const test = suite('http: hostile bytes')
let server: TestServer

test.before(async () => {
  server = await startTestServer({ users: 3, coupons: [{ name: 'PROMO', amount: 3 }] })
})

test.after(async () => {
  assert.is((await server.get('/healthcheck')).status, 200, 'the server goes on')
  assert.is((await storedClaims(server.database.pool, 'PROMO')).users.length, 0, 'and nothing was claimed')
  await server.close()
})

/** All that comes back until the server closes, or until nothing has come for a while. */
async function sendRaw(bytes: string): Promise<string> {
  const socket = connect(Number(new URL(server.url).port), '127.0.0.1')
  await once(socket, 'connect')
  socket.write(bytes, 'latin1')
  return readText(socket).catch((error: NodeJS.ErrnoException) => String(error.code))
}

const statusesIn = (answer: string) =>
  [...answer.matchAll(/HTTP\/1\.1 (\d{3})/g)].map(([, status]) => Number(status))

const close = 'Host: x\r\nConnection: close\r\n'
const post = `POST /api/coupons/claim HTTP/1.1\r\n${close}`
const claim = '{"user_id": "user_0", "coupon_name": "PROMO"}'
/** A whole claim, hidden in the body or behind the end of another request. */
const smuggled = `POST /api/coupons/claim HTTP/1.1\r\nHost: x\r\nContent-Length: ${claim.length}\r\n\r\n${claim}`
const chunked = (lines: string) => `${post}Transfer-Encoding: chunked\r\n\r\n${lines}${smuggled}`

/** Each may be read in two ways, of which a proxy in front may take the other: so it must not be answered at all but with 400. */
const ambiguous: Readonly<Record<string, string>> = {
  'a length, then chunks': `${post}Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n${smuggled}`,
  'chunks, then a length': `${post}Transfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n0\r\n\r\n${smuggled}`,
  'two lengths': `${post}Content-Length: 2\r\nContent-Length: ${2 + smuggled.length}\r\n\r\n{}${smuggled}`,
  'the same length twice': `${post}Content-Length: 2\r\nContent-Length: 2\r\n\r\n{}${smuggled}`,
  'a list of lengths': `${post}Content-Length: 2, 2\r\n\r\n{}${smuggled}`,
  'a length with a plus': `${post}Content-Length: +2\r\n\r\n{}${smuggled}`,
  'a length in hexadecimal': `${post}Content-Length: 0x2\r\n\r\n{}${smuggled}`,
  'a space before the colon': `${post}Content-Length : 2\r\n\r\n{}${smuggled}`,
  'a folded header': `${post}X: a\r\n b\r\nContent-Length: 2\r\n\r\n{}${smuggled}`,
  'a folded Transfer-Encoding': `${post}Transfer-Encoding:\r\n chunked\r\n\r\n0\r\n\r\n${smuggled}`,
  'a coding that ends otherwise': `${post}Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n${smuggled}`,
  'a coding that nobody knows': `${post}Transfer-Encoding: xchunked\r\n\r\n0\r\n\r\n${smuggled}`,
  'two codings': `${post}Transfer-Encoding: chunked\r\nTransfer-Encoding: identity\r\n\r\n0\r\n\r\n${smuggled}`,
  'line feeds alone': `POST /api/coupons/claim HTTP/1.1\nHost: x\nContent-Length: 2\n\n{}${smuggled}`,
  'a carriage return alone': `POST /api/coupons/claim HTTP/1.1\r\nHost: x\rContent-Length: 2\r\n\r\n{}${smuggled}`,
  'a NUL in a header': `${post}X: a\0b\r\nContent-Length: 2\r\n\r\n{}${smuggled}`,
  'a line feed in a chunk extension': chunked('2;a\nb\r\n{}\r\n0\r\n\r\n'),
  'chunks that end in line feeds': chunked('2\n{}\n0\n\n'),
  'a chunk larger than any number': chunked('FFFFFFFFFFFFFFFFF\r\n{}\r\n0\r\n\r\n'),
  'a chunk longer than it says': chunked('1\r\n{}\r\n0\r\n\r\n'),
  'a space before the method': ` ${post}Content-Length: 2\r\n\r\n{}`,
  'two hosts': `GET /livez HTTP/1.1\r\n${close}host: y\r\n\r\n${smuggled}`,
  'the same host twice': `${post}Host: x\r\nContent-Length: 2\r\n\r\n{}${smuggled}`,
  'two hosts, kept alive': `GET /livez HTTP/1.1\r\nHost: x\r\nHost: y\r\n\r\n${smuggled}`,
  'no host': 'GET /livez HTTP/1.1\r\nConnection: close\r\n\r\n',
  'HTTP/2 spoken at once': 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n',
  'a NUL in the path': `GET /api/coupons/\0 HTTP/1.1\r\n${close}\r\n`,
}
for (const [what, bytes] of Object.entries(ambiguous)) {
  test(`refused, and what follows is not read: ${what}`, async () => {
    assert.equal(statusesIn(await sendRaw(bytes)), [400])
  })
}

test('two hosts: the status line says what is wrong', async () => {
  assert.match(
    await sendRaw(`GET /livez HTTP/1.1\r\n${close}HOST: y\r\n\r\n`),
    /^HTTP\/1\.1 400 Two Host headers\r\n/,
  )
})

/** Read in one way only, and answered as what they are. */
const plain: Readonly<Record<string, [bytes: string, ...statuses: number[]]>> = {
  'an extension of a chunk': [`${post}Transfer-Encoding: chunked\r\n\r\n2;a=b\r\n{}\r\n0\r\n\r\n`, 400],
  'an extension of 20 kB': [
    `${post}Transfer-Encoding: chunked\r\n\r\n2;${'a'.repeat(20_000)}\r\n{}\r\n0\r\n\r\n`,
    413,
  ],
  'a body that was compressed for the way': [
    `${post}Transfer-Encoding: gzip, chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n`,
    415,
  ],
  'a body that a GET does not want': [
    `GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: ${smuggled.length}\r\n\r\n${smuggled}GET /healthcheck HTTP/1.1\r\n${close}\r\n`,
    200,
    200,
  ],
  'an expectation that nobody meets': [`${post}Expect: 200-ok\r\nContent-Length: 2\r\n\r\n{}`, 417],
  'Expect: 100-continue': [`${post}Expect: 100-continue\r\nContent-Length: 2\r\n\r\n{}`, 100, 400],
  'an upgrade to HTTP/2': [
    `GET /livez HTTP/1.1\r\nHost: x\r\nConnection: Upgrade, close\r\nUpgrade: h2c\r\n\r\n`,
    200,
  ],
  'a tunnel': [`CONNECT evil:443 HTTP/1.1\r\n${close}\r\n`],
  'everything at once': [`OPTIONS * HTTP/1.1\r\n${close}\r\n`, 404],
  'another method in a header': [
    `GET /api/coupons/PROMO HTTP/1.1\r\n${close}X-HTTP-Method-Override: DELETE\r\nX-Method-Override: DELETE\r\n\r\n`,
    200,
  ],
}
for (const [what, [bytes, ...statuses]] of Object.entries(plain)) {
  test(`answered as what it is: ${what}`, async () => {
    assert.equal(statusesIn(await sendRaw(bytes)), statuses)
  })
}

/** RFC 9112, section 3.2.2: a server takes a whole URL as well. Whose it is, nobody here asks. */
const authorities = [
  'x',
  'evil.example:80',
  'x:99999999',
  'x:port',
  '[::',
  '[::1]:9000',
  'a@b:c@x',
  '%zz',
  '',
]
for (const authority of authorities) {
  test(`a whole URL as the target: http://${authority}`, async () => {
    for (const [path, status] of [
      ['/api/coupons', 200],
      ['/api/coupons/PROMO/claims', 200],
      ['/api/coupons/PROMO/eligibility?user_id=user_0', 200],
      ['/api/coupons/NONE', 404],
      ['/nowhere', 404],
      ['?x=1', 404],
    ] as const) {
      const answer = await sendRaw(`GET http://${authority}${path} HTTP/1.1\r\n${close}\r\n`)
      if (statusesIn(answer)[0] === 400) continue
      assert.equal(statusesIn(answer), [status], `${path}: ${answer}`)
      assertDescribed('/api', exchangeOf(path, answer))
    }
    const bodyOf = JSON.stringify({ user_id: 'nobody', coupon_name: 'PROMO' })
    const claimed = await sendRaw(
      `POST http://${authority}/api/coupons/claim HTTP/1.1\r\n${close}Content-Length: ${bodyOf.length}\r\n\r\n${bodyOf}`,
    )
    assert.match(claimed, /^HTTP\/1\.1 (404|400)/)
  })
}

for (const [target, status] of [
  ['/livez#', 404],
  ['/metrics#/public.css', 404],
  ['/api/coupons#', 404],
  ['/api/coupons/PROMO#x', 404],
  ['/api/coupons?search=PROMO#x', 200],
  ['http://x/livez#', 404],
] as const) {
  test(`a fragment, which no client sends, is a part of the path or query: ${target}`, async () => {
    const answer = await sendRaw(`GET ${target} HTTP/1.1\r\n${close}\r\n`)
    assert.equal(statusesIn(answer), [status], answer)
    if (status === 200) assert.match(answer, '"total":0')
  })
}

function exchangeOf(path: string, answer: string) {
  const [head = '', text = ''] = answer.split('\r\n\r\n')
  const [first = '', ...lines] = head.split('\r\n')
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  )
  const target = path.startsWith('/') ? path : `/${path}`
  return { method: 'GET', path: target, status: Number(first.split(' ')[1]), headers, text }
}

test.run()
