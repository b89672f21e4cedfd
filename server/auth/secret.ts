import { randomBytes } from 'node:crypto'
import { link, mkdir, open, readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { productionSecretFaults, secretBytesMin } from '../config/authority.ts'
import { type Config, configError } from '../config.ts'
import { AppError, messageOf } from '../errors.ts'

/** 256 bits, as text of 43 characters. */
export function newSecret(): string {
  return randomBytes(32).toString('base64url')
}

/**
 * The configured secret, or the one kept in `.coupon/` of the folder, which is made if it is not there.
 * Throws `AppError('config')` in production without a secret of its own, `AppError('unreachable')` when the file
 * can be neither read nor made.
 */
export async function provideSecret(config: Config, folder = process.cwd()): Promise<string> {
  assertOwnInProduction(config)
  if (config.auth.secret !== null) return config.auth.secret
  const place = join(folder, '.coupon')
  return (await readSecret(place)) ?? makeSecret(place)
}

/** The same, but null where `provideSecret` would make one: for who must sign as a running server does. */
export async function findSecret(config: Config, folder = process.cwd()): Promise<string | null> {
  return config.auth.secret ?? readSecret(join(folder, '.coupon'))
}

function assertOwnInProduction({ app, auth }: Config): void {
  const faults = app.env === 'production' ? productionSecretFaults(auth.secret) : []
  if (faults.length > 0) throw configError(faults)
}

const fileOf = (place: string) => join(place, 'jwt_secret')

async function readSecret(place: string): Promise<string | null> {
  const file = fileOf(place)
  const text = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return null
    throw notUsable(`cannot be read: ${messageOf(error)}`, file)
  })
  if (text === null) return null
  const secret = text.trim()
  if (Buffer.byteLength(secret) >= secretBytesMin) return secret
  throw notUsable(`holds less than ${secretBytesMin} bytes`, file)
}

/**
 * Written whole under another name and then linked, which fails when the name is taken: of processes that start at
 * once one wins, and none ever reads half a secret.
 */
async function makeSecret(place: string): Promise<string> {
  const file = fileOf(place)
  const draft = `${file}.${process.pid}.${randomBytes(4).toString('hex')}`
  try {
    await mkdir(place, { recursive: true, mode: 0o700 })
    await writeFile(join(place, '.gitignore'), '*\n', { flag: 'wx' }).catch(unlessThere)
    await writeSafely(draft, newSecret())
    await link(draft, file).catch(unlessThere)
  } catch (error) {
    throw notUsable(`cannot be made: ${messageOf(error)}`, file)
  } finally {
    await rm(draft, { force: true }).catch(() => {})
  }
  const secret = await readSecret(place)
  if (secret === null) throw notUsable('vanished while it was made', file)
  return secret
}

async function writeSafely(file: string, secret: string): Promise<void> {
  const handle = await open(file, 'wx', 0o600)
  try {
    await handle.writeFile(`${secret}\n`)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

function unlessThere(error: NodeJS.ErrnoException): void {
  if (error.code !== 'EEXIST') throw error
}

function notUsable(why: string, file: string): AppError {
  return new AppError(
    'unreachable',
    `The secret that signs access tokens, ${file}, ${why}. Set JWT_SECRET, or run where you may write.`,
  )
}
