import { fork } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { suite } from 'uvu'
import * as assert from 'uvu/assert'
import { findSecret, newSecret, provideSecret } from '../../server/auth/secret.ts'
import { exampleSecret } from '../../server/config/settings.ts'
import { loadConfig } from '../../server/config.ts'
import { AppError } from '../../server/errors.ts'

const test = suite<{ folder: string }>('auth: secret')

test.before.each((context) => {
  context.folder = mkdtempSync(join(tmpdir(), 'coupon-test-'))
})

test.after.each(({ folder }) => rmSync(folder, { recursive: true }))

const configOf = (folder: string, env: object = {}) => {
  writeFileSync(join(folder, 'env.json'), JSON.stringify({ env }))
  return loadConfig({ environment: {}, folder })
}

async function failureOf(work: Promise<unknown>): Promise<AppError> {
  const error = await work.then(
    () => assert.unreachable(),
    (reason: unknown) => reason,
  )
  assert.instance(error, AppError)
  return error as AppError
}

test('a configured secret is taken, and no file is made', async ({ folder }) => {
  const secret = newSecret()
  assert.is(Buffer.byteLength(Buffer.from(secret, 'base64url')), 32)
  assert.is(await provideSecret(configOf(folder, { jwt_secret: secret }), folder), secret)
  assert.equal(readdirSync(folder), ['env.json'])
})

test('without one it is made for its owner’s eyes alone, ignored by git, and found again', async ({
  folder,
}) => {
  const config = configOf(folder)
  assert.is(await findSecret(config, folder), null)
  const secret = await provideSecret(config, folder)
  assert.ok(Buffer.byteLength(secret) >= 32)
  assert.is(await provideSecret(config, folder), secret)
  assert.is(await findSecret(config, folder), secret)
  const place = join(folder, '.coupon')
  assert.equal(readdirSync(place).sort(), ['.gitignore', 'jwt_secret'])
  assert.is(statSync(join(place, 'jwt_secret')).mode & 0o777, 0o600)
  assert.is(statSync(place).mode & 0o777, 0o700)
  assert.is(readFileSync(join(place, '.gitignore'), 'utf8'), '*\n')
})

test('twenty at once in one process agree', async ({ folder }) => {
  const config = configOf(folder)
  const secrets = await Promise.all(Array.from({ length: 20 }, () => provideSecret(config, folder)))
  assert.is(new Set(secrets).size, 1)
  assert.equal(readdirSync(join(folder, '.coupon')).sort(), ['.gitignore', 'jwt_secret'], 'no draft is left')
})

test('processes that start at once agree', async ({ folder }) => {
  const program = fileURLToPath(new URL('../support/secret-opener.ts', import.meta.url))
  const children = Array.from({ length: 3 }, () => fork(program, [folder], { execArgv: ['--import', 'tsx'] }))
  await Promise.all(children.map((child) => once(child, 'message')))
  const told = children.map((child) => once(child, 'message') as Promise<[{ secret: string }]>)
  const gone = children.map((child) => once(child, 'exit'))
  for (const child of children) child.send('now')
  const secrets = (await Promise.all(told)).map(([{ secret }]) => secret)
  assert.is(new Set(secrets).size, 1, secrets.join(' '))
  await Promise.all(gone)
})

test('a file that holds too little, or cannot be had, is told with its name', async ({ folder }) => {
  const config = configOf(folder)
  mkdirSync(join(folder, '.coupon'))
  writeFileSync(join(folder, '.coupon', 'jwt_secret'), 'short\n')
  const short = await failureOf(provideSecret(config, folder))
  assert.is(short.code, 'unreachable')
  assert.match(short.message, /jwt_secret.*less than 32 bytes/)
  assert.not.match(short.message, 'short\n')
  rmSync(join(folder, '.coupon'), { recursive: true })
  writeFileSync(join(folder, '.coupon'), 'a file in the way')
  assert.match((await failureOf(provideSecret(config, folder))).message, 'JWT_SECRET')
})

test('in production none is made, and the example’s is refused', async ({ folder }) => {
  for (const jwt_secret of [undefined, exampleSecret]) {
    const error = await failureOf(
      provideSecret(configOf(folder, { app: { env: 'production' }, jwt_secret }), folder),
    )
    assert.is(error.code, 'config')
    assert.match(error.message, 'env.jwt_secret')
  }
  assert.equal(readdirSync(folder), ['env.json'])
})

test.run()
