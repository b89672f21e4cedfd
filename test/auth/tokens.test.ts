import { createHmac, createSecretKey } from 'node:crypto'
import jwt from 'jsonwebtoken'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createTokens } from '../../server/auth/tokens.ts'

const test = suite('auth: access tokens')
const secret = 'a secret of exactly thirty-two b'
const startMs = 1_800_000_000_000
const identity = { username: 'alice', role: 'admin' } as const

function openClock(cacheSizeMax?: number) {
  const clock = { nowMs: startMs }
  const tokens = createTokens({ secret, now: () => clock.nowMs, ...(cacheSizeMax && { cacheSizeMax }) })
  return { clock, tokens }
}

const good = {
  role: 'user',
  sub: 'alice',
  iss: 'coupon',
  aud: 'coupon-api',
  iat: startMs / 1000,
  exp: startMs / 1000 + 60,
}
const header = { alg: 'HS256', typ: 'at+jwt' }

/** Signed by hand, so that what no library would sign can be tried. */
function forge(payload: object, head: object = header, hash = 'sha256', key = secret): string {
  const text = [head, payload]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
  return `${text}.${createHmac(hash, key).update(text).digest('base64url')}`
}

test('what is signed is verified: the name, the role, until it expires', () => {
  const { clock, tokens } = openClock()
  const token = tokens.sign(identity, 60_000)
  assert.equal(tokens.verify(token), identity)
  const decoded = jwt.decode(token, { complete: true })!
  assert.equal(decoded.header, header)
  assert.equal(decoded.payload, { ...good, role: 'admin' })
  clock.nowMs += 59_999
  assert.equal(tokens.verify(token), identity)
  clock.nowMs += 1
  assert.is(tokens.verify(token), null)
})

test('a token forged like ours is taken, so that each refusal below has one reason', () => {
  assert.equal(openClock().tokens.verify(forge(good)), { username: 'alice', role: 'user' })
})

const without = (key: keyof typeof good) => {
  const { [key]: _, ...rest } = good
  return rest
}
const bad: Readonly<Record<string, string>> = {
  nothing: '',
  garbage: 'garbage',
  'three parts of garbage': 'a.b.c',
  'alg none': `${forge(good, { ...header, alg: 'none' })
    .split('.')
    .slice(0, 2)
    .join('.')}.`,
  'alg none with a signature': forge(good, { ...header, alg: 'none' }),
  'alg HS512, signed as such': forge(good, { ...header, alg: 'HS512' }, 'sha512'),
  'alg HS384, signed as such': forge(good, { ...header, alg: 'HS384' }, 'sha384'),
  'alg RS256 over our secret': forge(good, { ...header, alg: 'RS256' }),
  'no alg': forge(good, { typ: 'at+jwt' }),
  'another secret': forge(good, header, 'sha256', 'another secret of thirty-two byt'),
  'typ JWT': forge(good, { ...header, typ: 'JWT' }),
  'no typ': forge(good, { alg: 'HS256' }),
  'another issuer': forge({ ...good, iss: 'voucher' }),
  'no issuer': forge(without('iss')),
  'another audience': forge({ ...good, aud: 'coupon-web' }),
  'no audience': forge(without('aud')),
  'no expiry': forge(without('exp')),
  'an expiry that is text': forge({ ...good, exp: String(good.exp) }),
  expired: forge({ ...good, exp: startMs / 1000 }),
  'not yet valid': forge({ ...good, nbf: startMs / 1000 + 10 }),
  'no subject': forge(without('sub')),
  'an empty subject': forge({ ...good, sub: '' }),
  'a subject that Postgres cannot be asked for': forge({ ...good, sub: 'alice\0' }),
  'a header that must be understood and is not': forge(good, {
    ...header,
    crit: ['b64'],
    b64: true,
  } as typeof header),
  'no role': forge(without('role')),
  'an unknown role': forge({ ...good, role: 'king' }),
  'too long': forge({ ...good, note: 'x'.repeat(3000) }),
  'a changed payload': (() => {
    const [head, , signature] = forge(good).split('.')
    const payload = Buffer.from(JSON.stringify({ ...good, role: 'admin' })).toString('base64url')
    return [head, payload, signature].join('.')
  })(),
}
for (const [what, token] of Object.entries(bad)) {
  test(`refused, also the second time: ${what}`, () => {
    const { tokens } = openClock()
    assert.is(tokens.verify(token), null)
    assert.is(tokens.verify(token), null)
  })
}

test('a token that is remembered is not verified again, but its expiry is looked at on every hit', () => {
  const { clock, tokens } = openClock()
  const token = tokens.sign(identity, 10_000)
  const first = tokens.verify(token)
  assert.is(tokens.verify(token), first, 'the very same object: it was remembered')
  clock.nowMs += 10_000
  assert.is(tokens.verify(token), null)
  clock.nowMs -= 1
  assert.is.not(tokens.verify(token), first, 'the expired one was forgotten')
})

test('the least recently used is forgotten first, and no more than the bound is kept', () => {
  const { tokens } = openClock(2)
  const [a, b, c] = ['a', 'b', 'c'].map((username) => tokens.sign({ username, role: 'user' }, 60_000)) as [
    string,
    string,
    string,
  ]
  const [firstA, firstB] = [tokens.verify(a), tokens.verify(b)]
  assert.is(tokens.verify(a), firstA)
  tokens.verify(c)
  assert.is(tokens.verify(a), firstA, 'used last but one')
  assert.is.not(tokens.verify(b), firstB, 'used longest ago')
  assert.equal(tokens.verify(b), firstB)
})

test('another library’s token of the same form is taken', () => {
  const key = createSecretKey(Buffer.from(secret))
  const token = jwt.sign(good, key, { algorithm: 'HS256', header })
  assert.is(openClock().tokens.verify(token)?.username, 'alice')
})

test.run()
