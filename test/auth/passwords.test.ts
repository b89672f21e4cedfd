import bcrypt from 'bcrypt'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createPasswords } from '../../server/auth/passwords.ts'
import { createBounded } from '../../server/bounded.ts'
import { bcryptRounds } from '../../server/db/seeding.ts'
import { AppError } from '../../server/errors.ts'
import { fullNameFault, passwordFault, usernameFault } from '../../server/users/rules.ts'

const test = suite('auth: passwords')

test('new passwords: at least 8 characters, at most 72 bytes, text that can be stored', () => {
  for (const fine of ['12345678', 'x'.repeat(72), 'é'.repeat(36), '😀'.repeat(8)])
    assert.is(passwordFault(fine), null)
  for (const short of ['', '1234567', '😀'.repeat(7)]) assert.match(passwordFault(short)!, '8 characters')
  for (const long of ['x'.repeat(73), `${'é'.repeat(36)}x`, '😀'.repeat(19)])
    assert.match(passwordFault(long)!, '72 bytes')
  for (const odd of ['1234567\0', '1234567\ud800']) assert.match(passwordFault(odd)!, 'well-formed')
})

test('usernames are letters, digits and . _ @ + -; full names any text', () => {
  for (const fine of ['a', 'user_0', 'a.b@c+d-e', 'x'.repeat(100)]) assert.is(usernameFault(fine), null, fine)
  for (const bad of ['', 'a b', 'Zoë', 'x'.repeat(101), 'a\n', '<a>', 'a/b'])
    assert.type(usernameFault(bad), 'string', bad)
  assert.is(fullNameFault('😀'.repeat(255)), null)
  for (const bad of ['', 'x'.repeat(256), 'a\0', '\ud800']) assert.type(fullNameFault(bad), 'string')
})

test('a hash is of the full cost, and only its password matches', async () => {
  const passwords = createPasswords()
  const hash = await passwords.hash('correct horse')
  assert.is(bcrypt.getRounds(hash), bcryptRounds)
  assert.ok(bcryptRounds >= 10)
  assert.is(await passwords.matches('correct horse', hash), true)
  assert.is(await passwords.matches('correct horsf', hash), false)
})

test('an unknown user, and a password bcrypt would cut, cost a comparison of the same cost, and never match', async () => {
  const compared: string[] = []
  const compare = async (password: string, hash: string) => {
    compared.push(hash)
    return bcrypt.compare(password, hash)
  }
  const passwords = createPasswords({ compare })
  assert.is(await passwords.matches('whatever', null), false)
  const long = 'x'.repeat(72)
  const hash = await bcrypt.hash(long, 4)
  assert.is(await passwords.matches(`${long}y`, hash), false, 'bcrypt alone says they are the same')
  assert.is(await passwords.matches(long, hash), true)
  assert.is(compared.length, 3)
  for (const dummy of compared.slice(0, 2)) {
    assert.is(bcrypt.getRounds(dummy), bcryptRounds)
    assert.is(dummy.length, hash.length)
  }
  const always = createPasswords({ compare: async () => true })
  assert.is(await always.matches('whatever', null), false, 'not even when the dummy is met')
})

test('so many at once, so many that wait, in order, and the next is told 503', async () => {
  const bounded = createBounded({ concurrencyMax: 2, queueMax: 3, refusal: 'Too many.' })
  const ends: (() => void)[] = []
  const begun: number[] = []
  const run = (turn: number) =>
    bounded.run(() => {
      begun.push(turn)
      return new Promise<void>((resolve) => ends.push(resolve))
    })
  const running = [0, 1, 2, 3, 4].map(run)
  const refused = await run(5).catch((error: unknown) => error)
  assert.instance(refused, AppError)
  assert.is((refused as AppError).code, 'unreachable')
  assert.equal(begun, [0, 1])
  for (let turn = 0; turn < 5; turn += 1) {
    ends[turn]!()
    await running[turn]
  }
  assert.equal(begun, [0, 1, 2, 3, 4])
  const again = run(6)
  assert.equal(begun.at(-1), 6, 'a place is free again')
  ends[5]!()
  await again
})

test('work that fails gives its place back', async () => {
  const bounded = createBounded({ concurrencyMax: 1, queueMax: 1, refusal: 'Too many.' })
  const fail = () => bounded.run(() => Promise.reject(new Error('no')))
  await Promise.allSettled([fail(), fail()])
  assert.is(await bounded.run(async () => 'yes'), 'yes')
})

test('who has waited for too long is refused, and takes nobody’s turn', async () => {
  const bounded = createBounded({ concurrencyMax: 1, queueMax: 2, waitMs: 10, refusal: 'Too many.' })
  let end = () => {}
  const first = bounded.run(
    () =>
      new Promise<void>((resolve) => {
        end = resolve
      }),
  )
  const refused = await bounded.run(async () => 'late').catch((error: unknown) => error)
  assert.is((refused as AppError).code, 'unreachable')
  assert.equal([bounded.running(), bounded.waiting()], [1, 0])
  const next = bounded.run(async () => 'in time')
  end()
  await first
  assert.is(await next, 'in time')
  assert.equal([bounded.running(), bounded.waiting()], [0, 0])
})

test.run()
