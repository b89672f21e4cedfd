import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { createRevocations, type Revocation } from '../../server/auth/revocations.ts'
import { createTokens } from '../../server/auth/tokens.ts'

const test = suite('auth: tokens that were ended')

/** A database that can be changed between the updates; tells what it was asked for. */
function open(keptMax?: number) {
  const stored = new Map<string, number>()
  const asked: [sinceS: number, limit: number][] = []
  const read = async (sinceS: number, limit: number): Promise<Revocation[]> => {
    asked.push([sinceS, limit])
    return [...stored]
      .map(([username, validFromS]) => ({ username, validFromS }))
      .filter(({ validFromS }) => validFromS >= sinceS)
      .sort((a, b) => b.validFromS - a.validFromS)
      .slice(0, limit)
  }
  return { stored, asked, revocations: createRevocations({ read, ...(keptMax && { keptMax }) }) }
}

test('who has changed nothing has tokens from any time', async () => {
  const { stored, revocations } = open()
  stored.set('alice', 1000)
  assert.is(revocations.validFromS('alice'), 0, 'nothing is known before the first update')
  await revocations.update()
  assert.is(revocations.validFromS('alice'), 1000)
  assert.is(revocations.validFromS('bob'), 0)
  stored.set('bob', 1005).set('alice', 1007)
  await revocations.update()
  assert.equal([revocations.validFromS('alice'), revocations.validFromS('bob')], [1007, 1005])
})

test('an update reads what is new, and a minute before that, for what was committed late', async () => {
  const { stored, asked, revocations } = open()
  stored.set('alice', 5000)
  await revocations.update()
  stored.set('bob', 4950)
  await revocations.update()
  assert.is(revocations.validFromS('bob'), 4950)
  assert.equal(
    asked.map(([sinceS]) => sinceS),
    [0, 4940],
  )
})

test('a failed update leaves what was known', async () => {
  let isDown = false
  const revocations = createRevocations({
    read: async () => {
      if (isDown) throw new Error('down')
      return [{ username: 'alice', validFromS: 7 }]
    },
  })
  await revocations.update()
  isDown = true
  await revocations.update().then(
    () => assert.unreachable(),
    () => {},
  )
  assert.is(revocations.validFromS('alice'), 7)
})

test('more than are kept: nobody’s old token passes for it, the forgotten count from the horizon', async () => {
  const { stored, revocations } = open(10)
  for (let n = 0; n < 40; n += 1) {
    stored.set(`user_${n}`, 1000 + n)
    if (n % 3 === 0) await revocations.update()
    for (const [username, validFromS] of stored) {
      if (n % 3 !== 0) break
      assert.ok(revocations.validFromS(username) >= validFromS, `${username} at ${n}`)
    }
  }
  assert.is(revocations.validFromS('user_39'), 1039)
  assert.ok(revocations.validFromS('somebody') < 1039, 'who signs in now is let in')
  assert.ok(revocations.validFromS('somebody') > 1000)
})

test('more changes before the first update than are kept', async () => {
  const { stored, revocations } = open(10)
  for (let n = 0; n < 40; n += 1) stored.set(`user_${n}`, 1000 + n)
  await revocations.update()
  for (const [username, validFromS] of stored) assert.ok(revocations.validFromS(username) >= validFromS)
})

test('a token is looked at on every hit: it ends while it is remembered, and a new one counts at once', () => {
  let validFromS = 0
  const nowMs = 1_800_000_000_400
  const options = {
    secret: 'a secret of exactly thirty-two b',
    now: () => nowMs,
    validFromS: () => validFromS,
  }
  const tokens = createTokens(options)
  const identity = { username: 'alice', role: 'user' } as const
  const old = tokens.sign(identity, 60_000)
  assert.equal(tokens.verify(old), identity)
  validFromS = 1_800_000_001
  assert.is(tokens.verify(old), null)
  assert.is(tokens.verify(old), null, 'also when it is verified anew')
  // Signed in the very second of the change, by who has the new password.
  assert.equal(tokens.verify(tokens.sign(identity, 60_000, validFromS)), identity)
})

test.run()
